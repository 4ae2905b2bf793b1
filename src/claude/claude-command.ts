import { isDeepStrictEqual } from 'node:util';
import type { Problem, Result } from '../registry/problem.ts';
import { claudePlaces, type Place, type Scope, type Where } from './claude-code.ts';
import { findOnPath } from './own-command.ts';

/** It takes about a second; one that asks something would wait for ever. */
const PATIENCE_MS = 30_000;

/** Claude Code's own command line, for changing its configuration as it wants it changed. */
export interface ClaudeCommand {
  /** Whether it would change this place when it is told its scope. */
  reaches(place: Place): boolean;
  add(scope: Scope, name: string, entry: unknown): Promise<Result<null>>;
  remove(scope: Scope, name: string): Promise<Result<null>>;
}

/** The `claude` on the PATH; null when there is none. `cwd` says which folder project and local entries are for. */
export function findClaude({ env, home, cwd }: Where): ClaudeCommand | null {
  const [file] = findOnPath('claude', env);
  if (file === undefined) return null;
  const run = async (args: readonly string[]): Promise<Result<null>> => {
    const { execa } = await import('execa');
    const ended = await execa(file, args, {
      cwd,
      env,
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      timeout: PATIENCE_MS,
    });
    return ended.exitCode === 0 ? { ok: true, value: null } : { ok: false, problem: refusal(file, args, ended) };
  };
  const { write } = claudePlaces({ env, home, cwd });
  return {
    reaches: (place) => isDeepStrictEqual(place, write[place.scope]),
    add: (scope, name, entry) => run(['mcp', 'add-json', '--scope', scope, '--', name, JSON.stringify(entry)]),
    remove: (scope, name) => run(['mcp', 'remove', '--scope', scope, '--', name]),
  };
}

interface Ending {
  readonly exitCode?: number | undefined;
  readonly timedOut: boolean;
  readonly stderr: string;
}

/** The entry itself is not repeated: it may hold secrets. */
function refusal(file: string, args: readonly string[], { exitCode, timedOut, stderr }: Ending): Problem {
  const why = timedOut ? `no end within ${PATIENCE_MS / 1_000} s` : stderr.trim().split('\n').at(-1);
  return {
    what: `${file} ${args.slice(0, 2).join(' ')} ended with ${timedOut ? 'no answer' : `exit ${exitCode ?? 'unknown'}`}`,
    ...(why ? { why } : {}),
  };
}
