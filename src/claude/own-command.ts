import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** What an entry, a hook or a shell function calls us by. */
interface Ourselves {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  /** The folder of this installation. */
  readonly root: string;
}

/**
 * `claude-mcp` as others call it in a shell line: the bare word where the PATH leads to this very program, else its
 * absolute path. A runtime directory of one's own is named as well, for whoever calls may not have the variable.
 */
export function ownCommand({ env, home, root }: Ourselves): string {
  const launcher = join(root, 'dist', 'bin', 'claude-mcp.cjs');
  const command = findOnPath('claude-mcp', env).some((file) => leadsTo(file, launcher))
    ? 'claude-mcp'
    : shellQuote(launcher);
  const own = env.MCP_RUNTIME_DIR;
  return !own || own === join(home, '.mcp-runtime') ? command : `MCP_RUNTIME_DIR=${shellQuote(own)} ${command}`;
}

/** Executable files of this name on the PATH, in order; what npm adds to the PATH of its scripts does not count. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): string[] {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return folders
    .filter((folder) => !/(?:^|\/)node_modules\/\.bin\/?$/.test(folder))
    .map((folder) => join(folder, name))
    .filter(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function leadsTo(file: string, target: string): boolean {
  try {
    return realpathSync(file) === realpathSync(target);
  } catch {
    return false;
  }
}

/** A word of a POSIX shell line. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
