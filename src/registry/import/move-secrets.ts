import { isSecretName } from '../secret-names.ts';
import { variableName } from './dialect.ts';
import type { ImportedServer } from './imported.ts';
import { hasReference, isSecretValue, looksLikeCredential, withoutScheme } from './secret-values.ts';

/** An entry whose secrets stand elsewhere. */
export interface Separated {
  readonly server: ImportedServer;
  /** What belongs into the server's env file; empty when it has no secrets. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Names that an env file can hold. */
const FILE_NAME = /^[\w.-]+$/;

/**
 * Takes the secrets out of an entry, by name and by the look of the value: variables move into the env file as they are;
 * in headers, URLs and arguments a `${VARIABLE}` takes their place. What is made of references only stays.
 */
export function moveSecrets(server: ImportedServer): Separated {
  const { env, headers, url, args, command, ...rest } = server.entry;
  const variables = new Map<string, string>();
  /** Variables of the entry itself win over the env file, so their names are not to be had. */
  const own = new Set(textMap(env).map(([name]) => name));
  /** The variable that holds this value; a new one where the wished name is taken by another value. */
  const put = (wished: string, value: string): string => {
    const name = variableName(wished);
    for (let number = 1; ; number++) {
      const candidate = number === 1 ? name : `${name}_${number}`;
      const present = variables.get(candidate);
      if ((present !== undefined && present !== value) || (present === undefined && own.has(candidate))) continue;
      variables.set(candidate, value);
      return candidate;
    }
  };
  const kept = textMap(env).filter(([name, value]) => {
    const moves = FILE_NAME.test(name) && isSecretValue(name, value) && !hasReference(value);
    if (moves) variables.set(name, value);
    return !moves;
  });
  const text = (value: string) => inText(value, server.name, put);
  const entry = {
    ...rest,
    ...(command === undefined ? {} : { command: text(String(command)) }),
    ...(Array.isArray(args) ? { args: inArguments(args.map(String), text, put) } : {}),
    ...(kept.length === 0
      ? {}
      : { env: Object.fromEntries(kept.map(([name, value]) => [name, inUrl(value, name, put)])) }),
    ...(url === undefined ? {} : { url: inUrl(String(url), server.name, put) }),
    ...(headers === undefined
      ? {}
      : {
          headers: Object.fromEntries(
            textMap(headers).map(([name, value]) => [name, inHeader(name, value, server.name, put)]),
          ),
        }),
  };
  return { server: { ...server, entry: inOrder(entry, server.entry) }, variables: Object.fromEntries(variables) };
}

type Put = (wished: string, value: string) => string;

function inHeader(name: string, value: string, server: string, put: Put): string {
  const secret = withoutScheme(value);
  if (hasReference(value) || !isSecretValue(name, value)) return value;
  const wished = name.toLowerCase() === 'authorization' ? `${server}_token` : name;
  return `${value.slice(0, value.length - secret.length)}\${${put(wished, secret)}}`;
}

/** The password of `scheme://user:password@host`, parameters with secret names, and parts of the path that are keys. */
function inUrl(value: string, wished: string, put: Put): string {
  return value
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)([^\s/@]+)(?=@)/i, (whole, head: string, password: string) =>
      hasReference(password) ? whole : `${head}\${${put(`${wished}_password`, password)}}`,
    )
    .replaceAll(/([?&]([^=&#]+)=)([^&#]+)/g, (whole, head: string, name: string, secret: string) =>
      !hasReference(secret) && isSecretValue(name, secret) ? `${head}\${${put(name, secret)}}` : whole,
    )
    .replaceAll(/(?<=:\/\/.*\/)[^/?#]+/g, (part) =>
      !hasReference(part) && looksLikeCredential(part) ? `\${${put(`${wished}_key`, part)}}` : part,
    );
}

/** `--token abc`: the option names its value. */
function inArguments(args: readonly string[], text: (value: string) => string, put: Put): string[] {
  return args.map((arg, index) => {
    const before = args[index - 1] ?? '';
    const option = /^--?([A-Za-z][\w.-]*)$/.exec(before)?.[1];
    const named = option !== undefined && isSecretName(option) && !arg.startsWith('-') && !hasReference(arg);
    return named && isSecretValue(option, arg) ? `\${${put(option, arg)}}` : text(arg);
  });
}

/** `--token=abc`, `API_KEY=abc`, `X-Api-Key: abc`, a URL, or a credential alone. */
function inText(value: string, server: string, put: Put): string {
  const [, head, name, secret] = /^((?:-{0,2})([A-Za-z_][\w.-]*)(?:=|:\s*))(.+)$/s.exec(value) ?? [];
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return inUrl(value, server, put);
  if (head !== undefined && name !== undefined && secret !== undefined) {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(secret)) return head + inUrl(secret, name, put);
    const own = withoutScheme(secret);
    if (!hasReference(secret) && isSecretValue(name, secret)) {
      return `${head}${secret.slice(0, secret.length - own.length)}\${${put(name, own)}}`;
    }
  }
  return !hasReference(value) && looksLikeCredential(value) ? `\${${put(`${server}_key`, value)}}` : value;
}

function textMap(value: unknown): [string, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([key, text]): [string, string] => [key, String(text)]);
}

/** The fields as they stood before. */
function inOrder(entry: Readonly<Record<string, unknown>>, like: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.keys(like).flatMap((key) => (key in entry ? [[key, entry[key]]] : [])));
}
