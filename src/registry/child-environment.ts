import { delimiter } from 'node:path';
import type { Paths } from './paths.ts';

/** Variables of the starter that say something about its terminal, its npm run or us, and nothing about the server. */
const DENIED = /^(?:npm_.*|INIT_CWD|NODE_OPTIONS|TERM|COLUMNS|LINES|MCP_SUP_.*)$/i;

/** What is needed to build a server's environment. */
export interface EnvironmentContext {
  /** The environment of whoever asked for the start. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: Paths;
  /** The Node binary we run on: `MCP_NODE`. */
  readonly node: string;
  /** Root directory of this installation: `MCP_COCKPIT`. */
  readonly cockpit: string;
}

/**
 * What a server inherits (R24): the starter's environment without the deny list and without the directories that npm
 * puts in front of PATH, and with the four variables that entries may always refer to.
 */
export function inheritedEnvironment({ env, paths, node, cockpit }: EnvironmentContext): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !DENIED.test(name)) inherited[name] = name === 'PATH' ? withoutNpm(value) : value;
  }
  return {
    ...inherited,
    MCP_NODE: node,
    MCP_COCKPIT: cockpit,
    MCP_DATA_DIR: paths.dataDir,
    MCP_RUNTIME_DIR: paths.runtimeDir,
  };
}

function withoutNpm(path: string): string {
  return path
    .split(delimiter)
    .filter((directory) => !/(?:^|\/)node_modules\/\.bin\/?$/.test(directory) && !directory.includes('node-gyp-bin'))
    .join(delimiter);
}
