const WORD_START = 8;
const ADJACENT = 4;

/**
 * How well `query`'s letters appear in order in `text`: null when they do not, else higher is better. Letters at word starts and
 * runs of letters count most, so `sa` finds "start all" before "restart". Case is ignored.
 */
export function fuzzyScore(query: string, text: string): number | null {
  const wanted = query.toLowerCase().replace(/\s+/g, '');
  const given = text.toLowerCase();
  const scores = [walk(wanted, given, true), walk(wanted, given, false)].filter((score) => score !== null);
  return scores.length === 0 ? null : Math.max(...scores) - given.length / 100;
}

/** One pass from left to right; `eager` prefers the next word start to the next occurrence, which can miss a match the other finds. */
function walk(wanted: string, given: string, eager: boolean): number | null {
  let score = 0;
  let from = 0;
  for (const letter of wanted) {
    const next = given.indexOf(letter, from);
    if (next === -1) return null;
    const isRun = next === from && from > 0;
    const at = eager && !isRun ? (wordStart(given, letter, from) ?? next) : next;
    if (at === from && from > 0) score += ADJACENT;
    if (at === 0 || given[at - 1] === ' ') score += WORD_START;
    from = at + 1;
  }
  return score;
}

function wordStart(text: string, letter: string, from: number): number | null {
  if (from === 0 && text.startsWith(letter)) return 0;
  const at = text.indexOf(` ${letter}`, Math.max(0, from - 1));
  return at === -1 ? null : at + 1;
}
