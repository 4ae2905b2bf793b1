import type { Node } from 'jsonc-parser';
import type { ServerEntry } from './entry.ts';
import { properties } from './json-document.ts';
import type { Problem } from './problem.ts';

interface Candidate {
  readonly name: string;
  readonly entry: ServerEntry | null;
  readonly problems: readonly Problem[];
  readonly line: number;
}

/**
 * Entries that cannot both be used: names that differ in letter case only (their files would be one file on some
 * systems), and one port for two servers (F12). The first keeps its right; the later one gets the problem.
 */
export function withoutConflicts<State extends Candidate>(states: readonly State[], path: string): State[] {
  const names = new Map<string, Candidate>();
  const ports = new Map<number, Candidate>();
  return states.map((state) => {
    const problems: Problem[] = [];
    const folded = state.name.toLowerCase();
    const namesake = names.get(folded);
    if (namesake === undefined) names.set(folded, state);
    else {
      problems.push({
        what: `${state.name} and ${namesake.name} differ in letter case only`,
        why: `${path}, lines ${namesake.line} and ${state.line}`,
        next: `rename ${state.name}`,
      });
    }
    const port = state.entry?.port;
    if (port !== undefined && problems.length === 0) {
      const owner = ports.get(port);
      if (owner === undefined) ports.set(port, state);
      else {
        problems.push({
          what: `${owner.name} and ${state.name} both want port ${port}`,
          why: `${path}, lines ${owner.line} and ${state.line}`,
          next: `give ${state.name} another port`,
        });
      }
    }
    return problems.length === 0 ? state : { ...state, entry: null, problems: [...state.problems, ...problems] };
  });
}

/** Paths of the keys that occur more than once in one object, anywhere below a node. */
export function repeatedKeys(node: Node, path: readonly string[] = []): string[][] {
  if (node.type === 'array') {
    return (node.children ?? []).flatMap((child, index) => repeatedKeys(child, [...path, String(index)]));
  }
  const seen = new Set<string>();
  const found: string[][] = [];
  for (const { key, value } of properties(node)) {
    if (seen.has(key)) found.push([...path, key]);
    seen.add(key);
    found.push(...repeatedKeys(value, [...path, key]));
  }
  return found;
}
