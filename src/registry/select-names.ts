import { didYouMean } from './did-you-mean.ts';
import type { RegistryState } from './read-registry.ts';

export interface Selection {
  /** Each name once, in the order it was first asked for; `all` and profiles in file order. */
  readonly names: readonly string[];
  readonly unknown: readonly { readonly name: string; readonly suggestion?: string }[];
}

/**
 * The servers that words of a command line mean: names, `all`, and `@profile` for every entry of that profile.
 * Broken entries can be named too, so that their problems are reported where somebody asks for them.
 *
 * @param extraNames servers that run without an entry (`unconfigured`); part of `all`
 */
export function selectNames(
  args: readonly string[],
  state: Pick<RegistryState, 'entries'>,
  extraNames: readonly string[] = [],
): Selection {
  const known = [...state.entries.map(({ name }) => name), ...extraNames];
  const profiles = profileMembers(state);
  const names = new Set<string>();
  const unknown = new Map<string, string | null>();
  for (const arg of args) {
    const members =
      arg === 'all' ? known : arg.startsWith('@') ? profiles.get(arg.slice(1)) : known.filter((name) => name === arg);
    for (const name of members ?? []) names.add(name);
    if (arg !== 'all' && (members ?? []).length === 0) {
      const candidates = arg.startsWith('@') ? [...profiles.keys()].map((profile) => `@${profile}`) : [...known, 'all'];
      unknown.set(arg, didYouMean(arg, candidates));
    }
  }
  return {
    names: [...names],
    unknown: [...unknown].map(([name, suggestion]) => (suggestion === null ? { name } : { name, suggestion })),
  };
}

function profileMembers({ entries }: Pick<RegistryState, 'entries'>): Map<string, string[]> {
  const members = new Map<string, string[]>();
  for (const { name, entry } of entries) {
    for (const profile of new Set([entry?.profile ?? []].flat())) {
      members.set(profile, [...(members.get(profile) ?? []), name]);
    }
  }
  return members;
}
