/**
 * Letters and digits with their marks: what the tokenizer of the index (`unicode61`) keeps. All else separates, so no
 * FTS5 operator, quote or NUL of the user's text ever reaches the query language.
 */
const WORD = /[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{Co}\p{M}]*/gu;

/** Scripts written without spaces between words: each character is indexed as a word of its own. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/** Enough for any question; a whole pasted document is searched by its first words. */
const MAX_TERMS = 64;

/** A word this short is matched whole: almost every text has a word that begins with "a". */
const MIN_PREFIX_LENGTH = 2;

/** The text as the index gets it: characters of unspaced scripts stand apart. */
export function indexedText(text: string): string {
  return text.replace(UNSPACED, ' $& ');
}

/**
 * An FTS5 expression that finds any of the words in `text`, whole (which counts twice) or as the beginning of a longer
 * word; ranking then puts texts with more, and rarer, of them first. Null when there is no word in it.
 */
export function matchExpression(text: string): string | null {
  const words = new Set(text.toWellFormed().toLowerCase().match(WORD) ?? []);
  const terms = [...words].slice(0, MAX_TERMS).map(termOf);
  return terms.length === 0 ? null : terms.join(' OR ');
}

function termOf(word: string): string {
  const phrase = indexedText(word).trim();
  const isSpaced = phrase === word;
  return isSpaced && [...word].length >= MIN_PREFIX_LENGTH ? `"${word}" OR "${word}"*` : `"${phrase}"`;
}
