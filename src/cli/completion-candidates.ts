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
  /** Whether a tool of the server stands behind it. */
  readonly takesTool: boolean;
  /** Verbs of the verb, and words its argument may be. */
  readonly words: readonly Candidate[];
  readonly options: readonly OptionWords[];
}

/** What a program understands. */
export interface Words {
  readonly verbs: readonly VerbWords[];
  readonly options: readonly OptionWords[];
  /** Names, `@profile`s, `all`. */
  readonly servers: readonly Candidate[];
  /** Whether servers can stand before the verb. */
  readonly serversFirst: boolean;
  /** Tools by server, as far as they are known. */
  readonly tools: ReadonlyMap<string, readonly Candidate[]>;
}

/**
 * What can stand at the end of a command line that is typed up to there.
 *
 * @param typed the words behind the program's name, the last one unfinished and possibly empty
 */
export function candidates(
  typed: readonly string[],
  { verbs, options, servers, serversFirst, tools }: Words,
): Candidate[] {
  const current = typed.at(-1) ?? '';
  const before = typed.slice(0, -1);
  if (before.includes('--')) return [];
  const verb = verbs.find(({ name }) => before.includes(name));
  const known = verb?.options ?? options;
  const asked = known.find(({ flags, takesValue }) => takesValue && flags.includes(before.at(-1) ?? ''));
  const offered = (): readonly Candidate[] => {
    if (asked !== undefined) return asked.choices.map((value) => ({ value, about: '' }));
    if (current.startsWith('-')) return known.flatMap(({ flags, about }) => flags.map((value) => ({ value, about })));
    const named = before.filter((word) => !word.startsWith('-') && word !== verb?.name);
    if (verb?.takesTool && named.length > 0) return named.length === 1 ? (tools.get(named[0] ?? '') ?? []) : [];
    if (verb !== undefined) return [...verb.words, ...(verb.takesServers ? servers : [])];
    const possible = verbs.filter(({ takesServers }) => takesServers || named.length === 0);
    return [...possible.map(({ name, about }) => ({ value: name, about })), ...(serversFirst ? servers : [])];
  };
  const used = new Set(before);
  return offered().filter(({ value }) => value.startsWith(current) && !used.has(value));
}
