import { didYouMean } from './did-you-mean.ts';
import type { Problem } from './problem.ts';

/** What may name a server: it becomes a file name, a word on the command line and a part of a URL. */
export const SERVER_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Words that commands, URLs and files of the runtime directory use themselves; letter case does not count. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  // verbs
  'list',
  'status',
  'start',
  'stop',
  'restart',
  'logs',
  'tools',
  'call',
  'explain',
  'test',
  'edit',
  'add',
  'remove',
  'import',
  'doctor',
  'sweep',
  'events',
  'deploy',
  'backup',
  'restore',
  'supervisor',
  'connect',
  'create',
  'route',
  'watch',
  'completion',
  'help',
  // every server at once, and paths beside the servers' own
  'all',
  'mcp',
  'health',
  'metrics',
  // names that objects of JavaScript inherit
  'constructor',
  '__proto__',
]);

/** Why this cannot be a server's name, or null when it can (R25). */
export function serverNameProblem(name: string): Problem | null {
  const shown = JSON.stringify(name.length > 64 ? `${name.slice(0, 61)}…` : name);
  if (RESERVED_NAMES.has(name.toLowerCase())) {
    return {
      what: `${shown} cannot name a server`,
      why: 'the word is reserved',
      next: `call it "my-${nearestServerName(name)}"`,
    };
  }
  if (SERVER_NAME_PATTERN.test(name)) return null;
  const suggestion = nearestServerName(name);
  return {
    what: `${shown} cannot name a server`,
    why: 'a name is 1 to 64 letters, digits, ".", "_" or "-", and begins with a letter or digit',
    next: suggestion === '' ? 'choose another name' : `call it "${suggestion}"`,
  };
}

/** The nearest allowed spelling, possibly empty. */
export function nearestServerName(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64)
    .replace(/[-._]+$/, '');
}

/** A server that nobody knows, with the way out. */
export function unknownServerProblem(name: string, known: readonly string[]): Problem {
  const suggestion = didYouMean(name, known);
  return {
    what: `there is no server ${JSON.stringify(name)}`,
    next: suggestion === null ? 'mcp list shows them all' : `did you mean ${suggestion}?`,
  };
}
