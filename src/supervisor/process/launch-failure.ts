import type { Problem } from '../../registry/problem.ts';

export type LaunchFailureKind =
  | 'command-not-found'
  | 'not-executable'
  | 'bad-interpreter'
  | 'cwd-missing'
  | 'cwd-not-directory'
  | 'cwd-permission'
  | 'empty-command'
  | 'resources'
  | 'arguments-too-long'
  | 'other';

/** Why nothing was started. `retry`: the same attempt may succeed later without anybody changing anything. */
export interface LaunchFailure {
  readonly ok: false;
  readonly kind: LaunchFailureKind;
  readonly problem: Problem;
  readonly retry: boolean;
}

/** `subject`: the path or command at fault; `detail`: the evidence, in the words of the kind. Neither holds a secret. */
export function launchFailure(kind: LaunchFailureKind, subject: string, detail = ''): LaunchFailure {
  return { ok: false, kind, problem: PROBLEMS[kind](subject, detail), retry: kind === 'resources' };
}

const PROBLEMS: Readonly<Record<LaunchFailureKind, (subject: string, detail: string) => Problem>> = {
  'command-not-found': (command, folders) => ({
    what: `command "${command}" was not found`,
    why: folders ? `it is in none of the ${folders} directories of PATH` : 'no such file',
    next: 'install it, or correct "command" (a full path always works)',
  }),
  'not-executable': (path) => ({
    what: `${path} cannot be executed`,
    why: 'it is not a file with execute permission',
    next: `chmod +x ${path}, or name its interpreter in "command"`,
  }),
  'bad-interpreter': (path, interpreter) => ({
    what: `the interpreter "${printable(interpreter)}" of ${path} was not found`,
    why: interpreter.endsWith('\r')
      ? 'its first line ends in a carriage return (Windows line ends)'
      : 'its first line names it',
    next: interpreter.endsWith('\r') ? `sed -i 's/\\r$//' ${path}` : 'install it, or correct the first line',
  }),
  'cwd-missing': (cwd) => ({
    what: `the directory ${cwd} does not exist`,
    next: 'create it, or correct "path"',
  }),
  'cwd-not-directory': (cwd) => ({
    what: `${cwd} is not a directory`,
    next: 'correct "path": it names the directory that the command runs in',
  }),
  'cwd-permission': (cwd) => ({
    what: `the directory ${cwd} may not be entered`,
    why: 'permission denied',
    next: `give yourself access to it (ls -ld ${cwd}), or correct "path"`,
  }),
  'empty-command': () => ({
    what: 'there is no command to run',
    next: 'set "command"',
  }),
  resources: (_command, code) => ({
    what: 'the machine cannot start another process now',
    why: RESOURCES[code] ?? code,
    next: 'it is tried again by itself; closing programs or raising the limit (ulimit -a) helps',
  }),
  'arguments-too-long': () => ({
    what: 'the command line and environment are larger than the system allows',
    why: 'E2BIG: one argument or variable may have 128 KiB, all together usually 2 MiB',
    next: 'put large values into a file and pass its name',
  }),
  other: (subject, error) => ({ what: `${subject} could not be started`, why: error }),
};

const RESOURCES: Readonly<Record<string, string>> = {
  EMFILE: 'this program has too many files open (EMFILE)',
  ENFILE: 'the machine has too many files open (ENFILE)',
  EAGAIN: 'the limit of processes is reached (EAGAIN)',
  ENOMEM: 'out of memory (ENOMEM)',
};

function printable(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Sorts what `spawn` threw or emitted. Its own text is not used: it may quote arguments. */
export function spawnFailure(command: string, code: string): LaunchFailure {
  if (code in RESOURCES) return launchFailure('resources', command, code);
  if (code === 'E2BIG') return launchFailure('arguments-too-long', command);
  return launchFailure('other', command, code === 'ERR_INVALID_ARG_VALUE' ? 'a value contains a NUL byte' : code);
}
