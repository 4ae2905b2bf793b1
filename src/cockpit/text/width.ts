import stringWidth from 'string-width';

const PRINTABLE_ASCII = /^[ -~]*$/;

const KNOWN_AT_MOST = 4096;
const known = new Map<string, number>();

/**
 * Columns that `text` takes on a terminal, colours not counted. Measured the way Ink measures, so that a row laid out here never
 * overflows there. Segmenting graphemes is slow: plain ASCII does without, everything else is remembered.
 */
export function textWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  const before = known.get(text);
  if (before !== undefined) return before;
  const width = stringWidth(text);
  if (known.size >= KNOWN_AT_MOST) known.clear();
  known.set(text, width);
  return width;
}

const segmenter = new Intl.Segmenter();

/** What a person would call characters: grapheme clusters, never halves of one. */
export function graphemes(text: string): string[] {
  return PRINTABLE_ASCII.test(text) ? [...text] : Array.from(segmenter.segment(text), ({ segment }) => segment);
}
