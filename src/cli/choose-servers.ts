import type { Snapshot } from '../supervisor/api.ts';
import type { Context } from './context.ts';

/**
 * The servers that words mean. The registry is read only when the snapshot does not know every word: reading it costs
 * more than the rest of a quick command.
 *
 * @throws CommandError as {@link namesInRegistry}
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
  const { late } = await import('./late.ts');
  return late.namesInRegistry(paths, words, running);
}
