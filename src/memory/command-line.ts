import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hubTokenPath } from '../registry/hub-token.ts';
import { resolvePaths } from '../registry/paths.ts';
import { ProblemError, type Result } from '../registry/problem.ts';

/** Where the founding configuration has its memory server. */
const DEFAULT_PORT = 8050;

export const USAGE = `Usage: memory-server [--port N | --stdio | --export FILE | --import FILE]

A memory for MCP clients: save_memory, search_memory, list_memories, delete_memory.

  --port N        serve Streamable HTTP at http://127.0.0.1:N/mcp (default: PORT, else ${DEFAULT_PORT}; 0: any free port)
  --stdio         serve standard input and output instead
  --export FILE   write all memories as JSON to FILE ("-": standard output)
  --import FILE   add the memories of an export ("-": standard input); those that are there already stay as they are
  --help          show this

Environment: HOST (default 127.0.0.1), PORT, MCP_DATA_DIR (default ~/mcp-data: memory.db),
MCP_RUNTIME_DIR (default ~/.mcp-runtime), MCP_HUB_TOKEN_FILE (default $MCP_RUNTIME_DIR/hub-token: the bearer token).
`;

export type Task =
  | { readonly kind: 'help' }
  | { readonly kind: 'stdio' }
  | { readonly kind: 'http'; readonly host: string; readonly port: number; readonly tokenFile: string }
  | { readonly kind: 'export'; readonly target: string }
  | { readonly kind: 'import'; readonly source: string };

/** Reads the command line and the environment. A problem means wrong use. */
export function readTask(argv: readonly string[], env: NodeJS.ProcessEnv): Result<Task> {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(argv);
  } catch (error) {
    return wrongUse(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
  if (values.help) return ok({ kind: 'help' });
  const modes = Object.entries(values).filter(([, value]) => value !== undefined);
  if (modes.length > 1) return wrongUse(`${modes.map(([name]) => `--${name}`).join(' and ')} exclude each other`);
  if (values.stdio) return ok({ kind: 'stdio' });
  if (values.export !== undefined) return ok({ kind: 'export', target: values.export });
  if (values.import !== undefined) return ok({ kind: 'import', source: values.import });
  const given = values.port ?? (env.PORT || String(DEFAULT_PORT));
  if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535) return wrongUse(`"${given}" is not a port`);
  return ok({ kind: 'http', host: env.HOST || '127.0.0.1', port: Number(given), tokenFile: tokenFile(env) });
}

/** The database of this environment. @throws ProblemError when the environment names no usable place */
export function databaseFile(env: NodeJS.ProcessEnv): string {
  return join(pathsOf(env).dataDir, 'memory.db');
}

function tokenFile(env: NodeJS.ProcessEnv): string {
  return env.MCP_HUB_TOKEN_FILE || hubTokenPath(pathsOf(env).runtimeDir);
}

function pathsOf(env: NodeJS.ProcessEnv) {
  const paths = resolvePaths(env);
  if (!paths.ok) throw new ProblemError(paths.problem);
  return paths.value;
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    options: {
      stdio: { type: 'boolean' },
      port: { type: 'string' },
      export: { type: 'string' },
      import: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}

function ok(value: Task): Result<Task> {
  return { ok: true, value };
}

function wrongUse(what: string): Result<Task> {
  return { ok: false, problem: { what, next: 'see memory-server --help' } };
}
