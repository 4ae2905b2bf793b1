import type { Paths } from '../registry/paths.ts';
import { readRegistryFile } from '../registry/read-registry.ts';
import { selectNames } from '../registry/select-names.ts';
import { CommandError } from './command-error.ts';
import type { Candidate } from './completion-candidates.ts';
import { EXIT } from './exit-codes.ts';
import { oneLine } from './safe-text.ts';

/**
 * The servers that words mean by the registry: names, `all`, `@profile`. It brings the schemas along, so a command that
 * can do without loads it late.
 *
 * @param others servers that have no entry; part of `all`
 * @throws CommandError when a word means no server (3), or none can be found as the file is broken (4)
 */
export function namesInRegistry(paths: Paths, words: readonly string[], others: readonly string[]): string[] {
  const registry = readRegistryFile(paths.registryFile);
  const { names, unknown } = selectNames(words, registry, others);
  const [broken] = registry.problems;
  if (unknown.length > 0 && broken !== undefined) throw new CommandError(EXIT.badConfiguration, broken);
  if (unknown.length > 0) throw noSuch(unknown);
  return [...names];
}

function noSuch(unknown: readonly { readonly name: string; readonly suggestion?: string }[]): CommandError {
  const names = unknown.map(({ name }) => name).join(', ');
  const suggestions = unknown.flatMap(({ suggestion }) => (suggestion === undefined ? [] : [suggestion]));
  const isProfile = unknown.every(({ name }) => name.startsWith('@'));
  return new CommandError(EXIT.notFound, {
    what: `there is no ${isProfile ? 'profile' : 'server'} ${oneLine(names)}`,
    next: suggestions.length > 0 ? `did you mean ${suggestions.join(', ')}?` : 'mcp list shows what there is',
  });
}

/** What can be typed where servers are expected: names and profiles. */
export function serverWords(paths: Paths): Candidate[] {
  const { entries } = readRegistryFile(paths.registryFile);
  const profiles = new Set(entries.flatMap(({ entry }) => entry?.profile ?? []));
  return [
    ...entries.map(({ name, entry }) => ({ value: name, about: oneLine(entry?.name ?? '') })),
    ...[...profiles].map((profile) => ({ value: `@${profile}`, about: 'a profile' })),
  ];
}
