import { type Matcher, smartCase } from './smart-case.ts';

/** Matches a text in which every word of the query is found, each by the rules of {@link smartCase}; null for an empty query. */
export function allWords(query: string): ((text: string) => boolean) | null {
  const matchers = query
    .split(/\s+/)
    .map(smartCase)
    .filter((matcher): matcher is Matcher => matcher !== null);
  return matchers.length === 0 ? null : (text) => matchers.every((matcher) => matcher.matches(text));
}
