import { resolve } from 'node:path';
import { type EnvironmentContext, inheritedEnvironment } from './child-environment.ts';
import type { ServerEntry } from './entry.ts';
import { transportOf } from './entry-rules.ts';
import { readEnvFile } from './env-file.ts';
import { expandText, type Lookup, lookupIn } from './expand.ts';
import { launchHash } from './launch-hash.ts';
import { callLimits, healthRules, idleStop, restartRules, stopRules } from './launch-rules.ts';
import type { LaunchSpec } from './launch-spec.ts';
import { secretValues } from './mask.ts';
import type { Problem, Result } from './problem.ts';
import { shellLine, unsetInShellLine } from './shell-references.ts';

export interface ResolveContext extends EnvironmentContext {
  /** Variables for this one run; they win over everything and are never kept. */
  readonly runEnv?: Readonly<Record<string, string>>;
  /**
   * What `${MCP_HUB_TOKEN}` stands for in `headers` of servers that run here, and only there: it is in no file, in no
   * environment, and no entry can have it sent to another machine.
   */
  readonly hubToken?: string;
}

type Variables = Readonly<Record<string, string>>;

/** Expands the fields of one entry and remembers which variables were unset, with the first field that needs each. */
interface Expander {
  readonly missing: ReadonlyMap<string, string>;
  text(field: string, text: string, lookup: Lookup): string;
  shell(field: string, line: string, lookup: Lookup): string;
}

/**
 * Makes an entry ready to run: reads its env file, builds the child's environment, expands variables and `~`, fills in
 * every default. Fails on an env file that cannot be used and on variables that are needed and unset; for a remote
 * server those are listed in `missingVariables` instead. Whether `path` and the program exist is the spawner's business.
 */
export function resolveEntry(name: string, entry: ServerEntry, context: ResolveContext): Result<LaunchSpec> {
  const transport = transportOf(entry);
  const remote = transport === 'remote';
  const inherited = inheritedEnvironment(context);
  const expander = createExpander(context.paths.home);

  const early = lookupIn(context.runEnv ?? {}, inherited);
  const cwd = resolve(context.paths.home, expander.text('path', entry.path ?? '~', early));
  const envFilePath = expander.text('env_file', entry.env_file ?? '', early);
  if (expander.missing.size > 0) return { ok: false, problem: unsetProblem(name, expander.missing) };
  const envFile = entry.env_file === undefined ? NO_ENV_FILE : readEnvFile(resolve(cwd, envFilePath));
  if (!envFile.ok) return { ok: false, problem: { ...envFile.problem, what: `${name}: ${envFile.problem.what}` } };

  const given = lookupIn(context.runEnv ?? {}, envFile.value, inherited);
  const own = mapValues(entry.env, (key, value) => expander.text(`env.${key}`, value, given));
  const chosen: Variables = { ...envFile.value, ...own, ...context.runEnv };
  // The starter's own PORT says nothing about this server, hence no part in the decision.
  const port =
    (transport === 'http' || transport === 'sse') && entry.port !== undefined ? { PORT: `${entry.port}` } : {};
  const env: Variables = { PYTHONUNBUFFERED: '1', ...inherited, ...port, ...chosen };
  const lookup = lookupIn(env);
  const run = remote ? null : runOf(entry, expander, lookup);
  const healthCheck = entry.health_check === undefined ? null : healthCheckOf(entry.health_check, expander, lookup);
  // An empty variable is no credential either: a request with "Bearer " would only be refused.
  const filled: Lookup = (variable) =>
    (variable === 'MCP_HUB_TOKEN' && !remote ? context.hubToken : lookup(variable)) || undefined;
  const headers = mapValues(transport === 'stdio' ? {} : entry.headers, (key, value) =>
    expander.text(`headers.${key}`, value, filled).trim(),
  );
  if (!remote && expander.missing.size > 0) return { ok: false, problem: unsetProblem(name, expander.missing) };

  const url = remote ? expander.text('url', entry.url ?? '', filled).trim() : null;
  const broken = Object.entries(headers).find(([, value]) => /[\r\n\0]/.test(value));
  if (broken !== undefined) return { ok: false, problem: brokenHeader(name, broken[0]) };

  return {
    ok: true,
    value: {
      name,
      title: entry.name ?? name,
      transport,
      run,
      cwd,
      env: remote ? {} : env,
      secrets: secretValues({ ...env, ...headers, ...(url === null ? {} : { url }) }, envFile.value),
      port: entry.port ?? null,
      endpoint: entry.endpoint ?? (transport === 'sse' ? '/sse' : '/mcp'),
      url,
      headers,
      missingVariables: [...expander.missing.keys()],
      healthCheck,
      autostart: entry.autostart ?? false,
      lazy: entry.lazy ?? false,
      idleStopMs: idleStop(entry),
      restart: restartRules(entry),
      health: healthRules(entry),
      stop: stopRules(entry),
      log: entry.log ?? 'shared',
      profiles: [...new Set([entry.profile ?? []].flat())],
      sharing: entry.sharing ?? 'auto',
      disabledTools: entry.tools?.disabled ?? [],
      limits: callLimits(entry),
      description: entry.description ?? null,
      hash: launchHash(entry, envFile.value),
    },
  };
}

const NO_ENV_FILE: Result<Variables> = { ok: true, value: {} };

function createExpander(home: string): Expander {
  const missing = new Map<string, string>();
  const note = (field: string, variables: readonly string[]) => {
    for (const variable of variables) if (!missing.has(variable)) missing.set(variable, field);
  };
  return {
    missing,
    text(field, text, lookup) {
      const expanded = expandText(text, lookup, home);
      note(field, expanded.unset);
      return expanded.text;
    },
    shell(field, line, lookup) {
      const rewritten = shellLine(line);
      note(field, unsetInShellLine(rewritten, lookup));
      return rewritten;
    },
  };
}

function runOf({ command = '', args }: ServerEntry, expander: Expander, lookup: Lookup): LaunchSpec['run'] {
  if (args === undefined) return { kind: 'shell', line: expander.shell('command', command, lookup) };
  return {
    kind: 'program',
    file: expander.text('command', command, lookup),
    args: args.map((arg, index) => expander.text(`args.${index}`, arg, lookup)),
  };
}

function healthCheckOf(check: string, expander: Expander, lookup: Lookup): string {
  return /^https?:\/\/\S+$/.test(check)
    ? expander.text('health_check', check, lookup)
    : expander.shell('health_check', check, lookup);
}

function mapValues(map: Variables | undefined, change: (key: string, value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(map ?? {}).map(([key, value]) => [key, change(key, value)]));
}

function unsetProblem(name: string, missing: ReadonlyMap<string, string>): Problem {
  const [[first = '', field = ''] = []] = missing;
  const others = missing.size - 1;
  return {
    what: `${name}: the variable ${[...missing.keys()].join(', ')} is not set`,
    why: `"${field}" refers to it${others === 0 ? '' : `, and ${others} more are missing`}`,
    next: `export ${first}=…, add it to the entry's "env" or env file, or write \${${first}:-default}`,
  };
}

function brokenHeader(name: string, header: string): Problem {
  return { what: `${name}: the header "${header}" contains a line break`, next: 'check the variables it is made of' };
}
