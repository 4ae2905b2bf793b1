import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { errnoText } from './errno.ts';
import { expandTilde } from './expand.ts';
import type { Problem, Result } from './problem.ts';

/** Where everything of one user lives. All absolute; none of them is created by resolving. */
export interface Paths {
  readonly home: string;
  /** `~/.mcp-servers.json` */
  readonly registryFile: string;
  /** `~/.mcp-cockpit.json` */
  readonly settingsFile: string;
  /** `MCP_RUNTIME_DIR`, default `~/.mcp-runtime`: logs, pid files, control socket, journal. */
  readonly runtimeDir: string;
  /** `MCP_DATA_DIR`, default `~/mcp-data`: data of the embedded servers. */
  readonly dataDir: string;
}

/**
 * Derives all paths from an environment. `~` expands; an empty `MCP_RUNTIME_DIR` or `MCP_DATA_DIR` counts as unset.
 * A HOME that is unset, empty, relative, missing or no directory is refused: guessing another would start a second
 * supervisor beside the real one (F47).
 */
export function resolvePaths(env: NodeJS.ProcessEnv): Result<Paths> {
  const home = resolveHome(env.HOME);
  if (!home.ok) return home;
  const runtimeDir = resolveDirectory('MCP_RUNTIME_DIR', env.MCP_RUNTIME_DIR, '~/.mcp-runtime', home.value);
  if (!runtimeDir.ok) return runtimeDir;
  const dataDir = resolveDirectory('MCP_DATA_DIR', env.MCP_DATA_DIR, '~/mcp-data', home.value);
  if (!dataDir.ok) return dataDir;
  return {
    ok: true,
    value: {
      home: home.value,
      registryFile: join(home.value, '.mcp-servers.json'),
      settingsFile: join(home.value, '.mcp-cockpit.json'),
      runtimeDir: runtimeDir.value,
      dataDir: dataDir.value,
    },
  };
}

function resolveHome(home: string | undefined): Result<string> {
  const refuse = (what: string, why?: string): Result<string> => {
    const problem: Problem = { what, next: `export HOME=${accountHome() ?? '<your home directory>'}` };
    return { ok: false, problem: why === undefined ? problem : { ...problem, why } };
  };
  if (home === undefined) return refuse('the variable HOME is not set');
  if (home === '') return refuse('the variable HOME is empty');
  if (!isAbsolute(home)) return refuse(`HOME is not an absolute path: ${home}`);
  try {
    if (!statSync(home).isDirectory()) return refuse(`HOME is not a directory: ${home}`);
  } catch (error) {
    return refuse(`the home directory ${home} cannot be used`, errnoText(error));
  }
  return { ok: true, value: resolve(home) };
}

/** The home directory of the account database; null without an entry there, for which Node throws. */
function accountHome(): string | null {
  try {
    return userInfo().homedir || null;
  } catch {
    return null;
  }
}

function resolveDirectory(name: string, value: string | undefined, fallback: string, home: string): Result<string> {
  const path = expandTilde(value || fallback, home);
  if (isAbsolute(path)) return { ok: true, value: resolve(path) };
  return {
    ok: false,
    problem: { what: `${name} is not an absolute path: ${path}`, next: `export ${name}=${resolve(path)}` },
  };
}
