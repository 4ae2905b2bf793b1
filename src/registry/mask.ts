import { isSecretName } from './secret-names.ts';

/** What stands in for a secret; always the same, so that it does not tell the length. */
export const MASK = '••••••';

/** The shortest text that is looked for as a secret: masking shorter ones would make everything unreadable. */
const SHORTEST_SECRET = 4;

/**
 * A registry entry for display: values of secret variables, headers and options are masked, as are passwords in URLs.
 * Where a value is made of `${…}` references only, it stays: it names the secret without telling it.
 */
export function maskEntry(raw: unknown): unknown {
  return maskValue(raw, false);
}

function maskValue(value: unknown, secret: boolean): unknown {
  if (typeof value === 'string') return secret ? maskSecretText(value) : maskInline(value);
  if (typeof value === 'number' || typeof value === 'boolean') return secret ? MASK : value;
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      const before: unknown = value[index - 1];
      // ["--token", "abc"]
      return maskValue(
        item,
        secret || (typeof before === 'string' && /^--?[^=]+$/.test(before) && isSecretName(before)),
      );
    });
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskValue(item, isSecretName(key))]));
  }
  return value;
}

/** `Bearer abc` keeps its scheme, `${TOKEN}` stays, all else goes. */
function maskSecretText(text: string): string {
  const [, scheme = '', rest = ''] = /^((?:Bearer|Basic|Token)\s+)?([\s\S]*)$/i.exec(text) ?? [];
  return /^(?:\$\{(?:env:)?\w+\})*$/.test(rest) ? text : scheme + MASK;
}

/** Secrets inside a longer text such as a command line: `--api-key=abc`, `--token abc`, `API_KEY=abc`, `user:abc@host`. */
export function maskInline(text: string): string {
  return text
    .replaceAll(
      /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)([^\s/@]+)(?=@)/gi,
      (_whole, head: string, password: string) => head + maskSecretText(password),
    )
    .replaceAll(
      /((?<![\w-])-{0,2}([A-Za-z_][\w.-]*)=)("[^"]*"|'[^']*'|[^\s&"']+)/g,
      (whole, head: string, name: string, value: string) => (isSecretName(name) ? head + maskSecretText(value) : whole),
    )
    .replaceAll(
      /((?<![\w-])--?([A-Za-z][\w.-]*)\s+)("[^"]*"|'[^']*'|[^\s-][^\s]*)/g,
      (whole, head: string, name: string, value: string) => (isSecretName(name) ? head + maskSecretText(value) : whole),
    );
}

/** Replaces every occurrence of the given secrets; longer ones first, so that none is left half readable. */
export function maskText(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .toSorted((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

/** The shortest value of an env file that counts without a secret name: `http` or `file` would be masked in every text. */
const SHORTEST_UNNAMED = 8;

/** What a secret name may well hold without being one: `AUTH=none`, `MAX_TOKEN=4096`. */
const NO_SECRET = /^(?:true|false|none|null|auto|enabled|disabled|required|bearer|basic|token|\d{1,6})$/i;

/** Longer values that are in every environment and every log, and tell nobody anything. */
const COMMONPLACE = /^(?:disabled|localhost|production|development|[\d.:]+)$/i;

/**
 * The values that must not be shown: those of secret names, passwords inside URLs, and what an env file holds from 8
 * characters on unless it is commonplace. At least 4 characters each, longest first.
 */
export function secretValues(
  env: Readonly<Record<string, string>>,
  fromEnvFile: Readonly<Record<string, string>>,
): string[] {
  const found = new Set<string>();
  for (const [name, value] of Object.entries(env)) {
    const fromFile =
      Object.hasOwn(fromEnvFile, name) && fromEnvFile[name] === value && value.length >= SHORTEST_UNNAMED;
    if (isSecretName(name) || (fromFile && !COMMONPLACE.test(value))) {
      found.add(value);
      // `Bearer abc`: the part after the scheme also turns up alone.
      const [, token] = /^(?:Bearer|Basic|Token)\s+(.+)$/i.exec(value) ?? [];
      if (token !== undefined) found.add(token);
    }
    for (const [, password] of value.matchAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s/@]+)@/gi)) {
      if (password !== undefined) found.add(password);
    }
  }
  return [...found]
    .filter((value) => value.length >= SHORTEST_SECRET && !NO_SECRET.test(value))
    .toSorted((a, b) => b.length - a.length);
}
