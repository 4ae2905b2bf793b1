/** One thing that could be typed next. */
export interface Candidate {
  readonly value: string;
  readonly about: string;
}

export interface OptionWords {
  readonly flags: readonly string[];
  readonly about: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

export interface VerbWords {
  readonly name: string;
  readonly about: string;
  readonly takesServers: boolean;
  /** Verbs of the verb, and words its argument may be. */
  readonly words: readonly Candidate[];
  readonly options: readonly OptionWords[];
}

/**
 * What can stand at the end of a command line that is typed up to there.
 *
 * @param typed the words behind `mcp`, the last one unfinished and possibly empty
 * @param servers names, `@profile`s
 */
export function candidates(
  typed: readonly string[],
  verbs: readonly VerbWords[],
  options: readonly OptionWords[],
  servers: readonly Candidate[],
): Candidate[] {
  const current = typed.at(-1) ?? '';
  const before = typed.slice(0, -1);
  if (before.includes('--')) return [];
  const verb = verbs.find(({ name }) => before.includes(name));
  const known = verb?.options ?? options;
  const asked = known.find(({ flags, takesValue }) => takesValue && flags.includes(before.at(-1) ?? ''));
  const all = { value: 'all', about: 'every server' };
  const offered = (): Candidate[] => {
    if (asked !== undefined) return asked.choices.map((value) => ({ value, about: '' }));
    if (current.startsWith('-')) return known.flatMap(({ flags, about }) => flags.map((value) => ({ value, about })));
    if (verb !== undefined) return [...verb.words, ...(verb.takesServers ? [...servers, all] : [])];
    const named = before.some((word) => !word.startsWith('-'));
    const possible = verbs.filter(({ takesServers }) => takesServers || !named);
    return [...possible.map(({ name, about }) => ({ value: name, about })), ...servers, all];
  };
  const used = new Set(before);
  return offered().filter(({ value }) => value.startsWith(current) && !used.has(value));
}
