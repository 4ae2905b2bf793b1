import type { Snapshot } from '../supervisor/api.ts';
import { CommandError } from './command-error.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';

/**
 * The servers that words mean: names, `all`, `@profile`. The registry is read only when the snapshot does not know
 * every word, as reading it costs more than the rest of a quick command.
 *
 * @throws CommandError when a word means no server (3) or the registry cannot be read (4).
 */
export async function chooseServers(
  { paths }: Context,
  words: readonly string[],
  snapshot: Pick<Snapshot, 'units'> | null,
): Promise<string[]> {
  const running = snapshot?.units.map(({ name }) => name) ?? [];
  const known = new Set(running);
  if (snapshot !== null && words.every((word) => word === 'all' || known.has(word))) {
    return [...new Set(words.flatMap((word) => (word === 'all' ? running : [word])))];
  }
  const [{ readRegistryFile }, { selectNames }] = await Promise.all([
    import('../registry/read-registry.ts'),
    import('../registry/select-names.ts'),
  ]);
  const registry = readRegistryFile(paths.registryFile);
  const { names, unknown } = selectNames(words, registry, running);
  const [broken] = registry.problems;
  if (unknown.length > 0 && broken !== undefined) throw new CommandError(EXIT.badConfiguration, broken);
  if (unknown.length > 0) throw noSuch(unknown);
  return [...names];
}

/** Exit code 3, with the nearest names there are. */
export function noSuch(unknown: readonly { readonly name: string; readonly suggestion?: string }[]): CommandError {
  const names = unknown.map(({ name }) => name).join(', ');
  const suggestions = unknown.flatMap(({ suggestion }) => (suggestion === undefined ? [] : [suggestion]));
  const isProfile = unknown.every(({ name }) => name.startsWith('@'));
  return new CommandError(EXIT.notFound, {
    what: `there is no ${isProfile ? 'profile' : 'server'} ${names}`,
    next: suggestions.length > 0 ? `did you mean ${suggestions.join(', ')}?` : 'mcp list shows what there is',
  });
}
