/** Where a query is found: ranges of character offsets, `from` inclusive, `to` exclusive. */
export type Range = readonly [from: number, to: number];

export interface Matcher {
  /** A leading `!` turned it round: then `ranges` has nothing to show. */
  readonly inverted: boolean;
  matches(text: string): boolean;
  ranges(text: string): readonly Range[];
}

/**
 * A substring search that ignores case unless the query has a capital letter; a leading `!` inverts it. Null for an empty query
 * (also a lone `!`): nothing is asked.
 */
export function smartCase(query: string): Matcher | null {
  const inverted = query.startsWith('!');
  const wanted = inverted ? query.slice(1) : query;
  if (wanted === '') return null;
  const exact = wanted !== wanted.toLowerCase();
  const needle = exact ? wanted : wanted.toLowerCase();
  const fold = (text: string): string => (exact ? text : text.toLowerCase());
  return {
    inverted,
    matches: (text) => fold(text).includes(needle) !== inverted,
    ranges: (text) => (inverted ? [] : occurrences(fold(text), needle)),
  };
}

function occurrences(text: string, needle: string): Range[] {
  const found: Range[] = [];
  for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + needle.length)) {
    found.push([at, at + needle.length]);
  }
  return found;
}
