import type { Lookup } from './expand.ts';

/**
 * A shell line is expanded by the shell that runs it, never by us: a value pasted into the line would be split at its
 * spaces, run as code, and stand in the process list. What is left to do is to turn our own `${env:NAME}` into a form
 * that the shell knows.
 */
export function shellLine(line: string): string {
  return line.replaceAll(/\$\{env:([A-Za-z_]\w*)/g, '${$1');
}

/**
 * Variables that a shell line needs as `${NAME}` without a default and that neither the environment nor the line itself
 * sets. A plain `$NAME` counts as optional, as shells have it.
 */
export function unsetInShellLine(line: string, lookup: Lookup): string[] {
  const references = [...line.matchAll(/(?<![\\$])\$\{([A-Za-z_]\w*)\}/g)].map(([, name = '']) => name);
  return [...new Set(references)].filter((name) => lookup(name) === undefined && !assigns(line, name));
}

function assigns(line: string, name: string): boolean {
  return new RegExp(
    `(?:^|[\\s;&|(])(?:${name}\\+?=|(?:for|read|getopts\\s+\\S+)\\s+(?:-\\w+\\s+)*(?:\\w+\\s+)*${name}\\b)`,
  ).test(line);
}
