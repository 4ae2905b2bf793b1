import type { Dialect } from './dialect.ts';
import type { ImportedServer, Refused } from './imported.ts';

type Raw = Readonly<Record<string, unknown>>;

/** What a client has that the registry has not; null when nothing is lost by leaving it. */
const LEFT_BEHIND: Readonly<Record<string, (value: unknown) => string | null>> = {
  headersHelper: () =>
    '"headersHelper" is not run here: write the headers into the entry, the secret into the env file',
  oauth: () => 'its OAuth login is not taken over: it will say needs-auth until a header with a token is given',
  auth: () => 'its OAuth login is not taken over: it will say needs-auth until a header with a token is given',
  authProviderType: () => 'its login by Google is not taken over',
  disabled: (value) => (value === true ? 'it was disabled there' : null),
  enabled: (value) => (value === false ? 'it was disabled there' : null),
  includeTools: () => 'its list of allowed tools is not taken over: all its tools are offered',
  enabled_tools: () => 'its list of allowed tools is not taken over: all its tools are offered',
  tools: () => 'its "tools" are not taken over',
  trust: (value) => (value === true ? 'that its calls need no confirmation is for the client to say' : null),
  alwaysAllow: () => 'which calls need no confirmation is for the client to say',
  autoApprove: () => 'which calls need no confirmation is for the client to say',
  sandboxEnabled: (value) => (value === true ? 'it ran in a sandbox of the editor, and does not here' : null),
  alwaysLoad: () => null,
  gallery: () => null,
  version: () => null,
  dev: () => '"dev" is not taken over',
};

/** Keys that are understood, below. */
const UNDERSTOOD = new Set([
  ...['type', 'transport', 'command', 'args', 'env', 'cwd', 'envFile', 'url', 'httpUrl', 'serverUrl', 'headers'],
  ...['description', 'timeout', 'excludeTools', 'disabled_tools', 'tool_timeout_sec', 'startup_timeout_sec'],
  ...['env_vars', 'bearer_token_env_var', 'http_headers', 'env_http_headers'],
]);

/**
 * One entry of an `mcpServers` object, by whichever client, as a registry entry. Keys of all clients are understood
 * everywhere: people copy entries from one file into the other.
 *
 * @param folder where the client runs its servers; null: no place of its own
 */
export function convertServer(
  name: string,
  raw: unknown,
  dialect: Dialect,
  folder: string | null,
): ImportedServer | Refused {
  if (!isObject(raw)) return { name, why: 'it is no object' };
  const kind = raw.type ?? raw.transport;
  if (kind === 'ws' || kind === 'sdk' || kind === 'sse-ide' || kind === 'ws-ide') {
    return { name, why: `servers of type "${kind}" are not supported` };
  }
  const url = [raw.httpUrl, raw.url, raw.serverUrl].find((value) => typeof value === 'string');
  const isLocal = typeof raw.command === 'string' && (kind === 'stdio' || kind === 'local' || url === undefined);
  if (!isLocal && url === undefined) return { name, why: 'it has neither a "command" nor a "url"' };
  const notes = new Set<string>();
  const translate = (text: unknown): string => {
    const translated = dialect(String(text));
    for (const note of translated.notes) notes.add(note);
    return translated.text;
  };
  const own = isLocal ? localFields(raw, folder, translate) : remoteFields(raw, String(url), translate);
  for (const key of Object.keys(raw)) {
    if (UNDERSTOOD.has(key)) continue;
    const left = LEFT_BEHIND[key];
    const note = left === undefined ? `"${key}" is not taken over` : left(raw[key]);
    if (note !== null) notes.add(note);
  }
  const entry = withoutUndefined({ ...own, ...sharedFields(raw) });
  return { name, entry, notes: [...notes] };
}

type Translate = (text: unknown) => string;

function localFields(raw: Raw, folder: string | null, translate: Translate) {
  const cwd = typeof raw.cwd === 'string' ? translate(raw.cwd) : folder;
  const passed = texts(raw.env_vars).map((variable): [string, string] => [variable, `\${${variable}:-}`]);
  const env = { ...Object.fromEntries(passed), ...mapValues(raw.env, translate) };
  return {
    path: cwd ?? undefined,
    command: translate(raw.command),
    args: texts(raw.args).map(translate),
    env_file: typeof raw.envFile === 'string' ? translate(raw.envFile) : undefined,
    env: Object.keys(env).length === 0 ? undefined : env,
  };
}

function remoteFields(raw: Raw, url: string, translate: Translate) {
  const bearer = raw.bearer_token_env_var;
  const fromEnv = isObject(raw.env_http_headers) ? Object.entries(raw.env_http_headers) : [];
  const headers = {
    ...mapValues(raw.headers, translate),
    ...mapValues(raw.http_headers, translate),
    ...Object.fromEntries(fromEnv.map(([header, variable]) => [header, `\${${String(variable)}}`])),
    ...(typeof bearer === 'string' ? { Authorization: `Bearer \${${bearer}}` } : {}),
  };
  return { url: translate(url), headers: Object.keys(headers).length === 0 ? undefined : headers };
}

function sharedFields({ description, timeout, tool_timeout_sec, startup_timeout_sec, ...raw }: Raw) {
  const disabled = texts(raw.excludeTools ?? raw.disabled_tools);
  const seconds = seconds0(tool_timeout_sec) ?? milliseconds(timeout);
  const startup = seconds0(startup_timeout_sec);
  return {
    description: typeof description === 'string' && description.trim() !== '' ? description : undefined,
    limits: seconds === undefined ? undefined : { timeout: seconds },
    health: startup === undefined ? undefined : { startup },
    tools: disabled.length === 0 ? undefined : { disabled },
  };
}

function seconds0(value: unknown): string | undefined {
  return typeof value === 'number' && value > 0 ? `${value}s` : undefined;
}

function milliseconds(value: unknown): string | undefined {
  return typeof value === 'number' && value > 0 ? `${value}ms` : undefined;
}

function texts(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return list.flatMap((item) => {
    if (typeof item === 'string' || typeof item === 'number') return [String(item)];
    return isObject(item) && typeof item.name === 'string' ? [item.name] : [];
  });
}

function mapValues(value: unknown, translate: Translate): Record<string, string> {
  const pairs = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(pairs.flatMap(([key, text]) => (text === null ? [] : [[key, translate(text)]])));
}

function withoutUndefined(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
