import type { Binding, Scope } from './binding.ts';
import { frameBindings } from './frame/bindings.ts';
import { pageBindings } from './frame/page.ts';
import { isKey, type Key } from './keys/key.ts';
import { VIEWS } from './views/views.ts';

/** Everything a user can do, with the keys it has from birth. */
export const BINDINGS: readonly Binding[] = [
  ...VIEWS.flatMap(({ bindings }) => bindings),
  ...pageBindings,
  ...frameBindings,
];

/** Keys by binding id; only what differs from birth. */
export type KeyOverrides = Readonly<Record<string, string | readonly string[]>>;

/**
 * The bindings with the user's own keys. An override that names no binding, no key, or a key that is taken in the same place is
 * reported in a sentence, and the default stays.
 */
export function withOverrides(
  bindings: readonly Binding[],
  overrides: KeyOverrides,
): { readonly bindings: readonly Binding[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  let result = bindings;
  for (const [id, wanted] of Object.entries(overrides)) {
    const keys: readonly Key[] = typeof wanted === 'string' ? [wanted] : wanted;
    const problem = refuse(result, id, keys);
    if (problem === null) result = result.map((binding) => (binding.id === id ? { ...binding, keys } : binding));
    else problems.push(problem);
  }
  return { bindings: result, problems };
}

function refuse(bindings: readonly Binding[], id: string, keys: readonly Key[]): string | null {
  const binding = bindings.find((one) => one.id === id);
  if (binding === undefined) return `keys: there is no command "${id}"`;
  const unknown = keys.find((key) => !isKey(key));
  if (unknown !== undefined) return `keys.${id}: "${unknown}" is no key; the default stays`;
  const taken = bindings.find((other) => other.id !== id && clashes(other, { ...binding, keys }) !== null);
  return taken === undefined ? null : `keys.${id}: "${keys.join(' ')}" is taken by ${taken.id}; the default stays`;
}

/** A key that both listen to at the same time; null if none. */
export function clashes(a: Binding, b: Binding): Key | null {
  const areTogether = a.scopes.some((one) => b.scopes.some((other) => overlap(one, other) || overlap(other, one)));
  return areTogether ? (a.keys.find((key) => b.keys.includes(key)) ?? null) : null;
}

const ALONE: ReadonlySet<Scope> = new Set(['picker', 'confirm', 'form']);

/** A pane or page hides what works everywhere, a page's topic what works on every page; lists, questions and forms are alone. */
function overlap(one: Scope, other: Scope): boolean {
  if (one === other) return true;
  if (other === 'global') return !ALONE.has(one);
  return other === 'page' && one.startsWith('page:');
}
