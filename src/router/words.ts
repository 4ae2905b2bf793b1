/** Words that every prompt may have and that say nothing about what it is about. */
const STOP = new Set(
  `a about after all also am an and any are as at be been before but by can could did do does for from get give go had has
  have he help her here his how i if in into is it its just know let like make may me more most my need new no not now of
  on one or our out please put see she should show so some than that the their them then there these they this those to
  up us use using very want was we were what when where which who why will with would you your`.split(/\s+/),
);

/**
 * The words of a text that can mean something, lower case. Identifiers are taken apart: `createPullRequest` and
 * `create_pull_request` are three words, GitHub and IDE are one.
 */
export function wordsOf(text: string): string[] {
  return text
    .split(/[^\p{L}\p{N}]+/u)
    .flatMap((word) => (/^\p{Ll}/u.test(word) ? word.split(/(?<=[\p{Ll}\d])(?=\p{Lu})/u) : [word]))
    .map((word) => word.toLowerCase())
    .filter((word) => word.length > 1 && !STOP.has(word));
}

/** The part that the forms of an English word share, roughly: repositories, repository → repositori. */
export function stem(word: string): string {
  if (word.length < 4) return word;
  const base = word
    .replace(/(?:ies|y)$/, 'i')
    .replace(/(?<=ss|sh|ch|x)es$/, '')
    .replace(/(?<![su])s$/, '')
    .replace(/(?<=.{3})(?:ing|ed)$/, '');
  return base.replace(/(?<=.{3})e$/, '').replace(/([bdgmnprt])\1$/, '$1');
}

/** Whether the words of a phrase stand in a row, in whatever form. @param words from {@link wordsOf} */
export function phraseIn(phrase: string, words: readonly string[]): boolean {
  const parts = wordsOf(phrase).map(stem);
  if (parts.length === 0) return false;
  const stems = words.map(stem);
  return stems.some((_, start) => parts.every((part, index) => stems[start + index] === part));
}
