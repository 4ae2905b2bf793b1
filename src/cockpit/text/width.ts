import stringWidth from 'string-width';
import { isPlain } from './plain.ts';

const KNOWN_AT_MOST = 4096;
const known = new Map<string, number>();

/**
 * Columns that `text` takes on a terminal, colours not counted. Measured the way Ink measures, so that a row laid out here never
 * overflows there. Segmenting graphemes is slow: plain text does without, everything else is remembered.
 */
export function textWidth(text: string): number {
  if (isPlain(text)) return text.length;
  const before = known.get(text);
  if (before !== undefined) return before;
  const width = stringWidth(text);
  if (known.size >= KNOWN_AT_MOST) known.clear();
  known.set(text, width);
  return width;
}

/** Made when the first text needs it: that loads Unicode's tables, which takes as long as drawing a frame. */
let segmenter: Intl.Segmenter | null = null;

/** What a person would call characters: grapheme clusters, never halves of one. */
export function graphemes(text: string): string[] {
  if (isPlain(text)) return [...text];
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
