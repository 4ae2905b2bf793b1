import type { Problem } from '../../registry/problem.ts';
import type { EntryState } from '../../registry/read-registry.ts';

/** Why an entry cannot be used, as the one problem its row shows. */
export function problemAsBlocked(entry: EntryState): Problem {
  const [first, ...others] = entry.problems;
  if (!first) return { what: `the entry of ${entry.name} cannot be used`, next: `mcp ${entry.name} edit` };
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return { ...first, what: `${first.what}${more}`, next: first.next ?? `mcp ${entry.name} edit` };
}
