const WORD_START = 8;
const ADJACENT = 10;

const isWordStart = (text: string, at: number): boolean => at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? '');

/**
 * How well `query` fits `text`: null when it does not, else higher is better. Its letters must appear in order, each right after the
 * one before or at the start of a word (`sta`, `st al` and `sa` all find "start all"); blanks and case do not count.
 */
export function fuzzyScore(query: string, text: string): number | null {
  const score = best(query.toLowerCase().replace(/\s+/g, ''), text.toLowerCase(), 0, 0);
  return score === null ? null : score - text.length / 100;
}

/** The best way to place `wanted[index…]` at `from` or later. Exponential only in theory: few positions start words. */
function best(wanted: string, given: string, index: number, from: number): number | null {
  const letter = wanted[index];
  if (letter === undefined) return 0;
  let found: number | null = null;
  for (let at = given.indexOf(letter, from); at !== -1; at = given.indexOf(letter, at + 1)) {
    const isRun = index > 0 && at === from;
    const starts = isWordStart(given, at);
    if (index > 0 && !isRun && !starts) continue;
    const rest = best(wanted, given, index + 1, at + 1);
    if (rest === null) continue;
    const score = rest + (isRun ? ADJACENT : 0) + (starts ? WORD_START : 0);
    if (found === null || score > found) found = score;
  }
  return found;
}
