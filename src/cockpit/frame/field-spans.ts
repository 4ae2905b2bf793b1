import type { Field } from '../keys/field.ts';
import { type Line, span } from '../text/line.ts';
import { graphemes } from '../text/width.ts';

/** A field with its cursor drawn; long texts show their end. */
export function fieldSpans({ text, cursor }: Field, columns: number): Line {
  const clusters = [...graphemes(text), ' '];
  const from = Math.max(0, cursor - columns + 1);
  return [
    span(clusters.slice(from, cursor).join(''), 'field'),
    span(clusters[cursor] ?? ' ', 'cursor'),
    span(clusters.slice(cursor + 1, from + columns).join(''), 'field'),
  ];
}
