import stringWidth from 'string-width';

const PRINTABLE_ASCII = /^[ -~]*$/;

/**
 * Columns that `text` takes on a terminal, colours not counted. Measured the way Ink measures, so that a row laid out here
 * never overflows there; plain ASCII skips the grapheme segmentation.
 */
export function textWidth(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
}

const segmenter = new Intl.Segmenter();

/** What a person would call characters: grapheme clusters, never halves of one. */
export function graphemes(text: string): string[] {
  return PRINTABLE_ASCII.test(text) ? [...text] : Array.from(segmenter.segment(text), ({ segment }) => segment);
}
