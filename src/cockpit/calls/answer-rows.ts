import { same } from '../form/check.ts';
import { isObject } from '../form/schema.ts';
import { fromJson } from '../form/values.ts';
import { jsonRows } from '../text/json-rows.ts';
import { type Line, span } from '../text/line.ts';
import { bytes } from '../text/quantity.ts';
import { wrapColumns } from '../text/sgr.ts';
import { tame, tameRows } from '../text/tame.ts';

/** Rows of one text or value, and of a page, at most: an answer of megabytes is a page like others. */
const MOST_ROWS = 2_000;
const MOST_OF_PAGE = 8_000;

const indented = (rows: readonly string[], width: number, role: Line[number]['role'] = 'text'): readonly Line[] =>
  rows.flatMap((row) => wrapColumns(row, Math.max(10, width - 3)).map((part) => [span('  '), span(part, role)]));

/** A value as JSON, wrapped to `width`. */
export const jsonLines = (value: unknown, width: number): readonly Line[] =>
  indented(jsonRows(value, MOST_ROWS), width);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Of base64, three bytes for four characters. */
const size = (data: unknown): string => bytes(Math.floor(text(data).replace(/=+$/, '').length * 0.75));

type Show = (item: Readonly<Record<string, unknown>>, width: number) => readonly Line[];

const media: Show = ({ type, mimeType, data }, width) =>
  indented([tame(`${text(type)} ${text(mimeType) || 'of unknown type'}, ${size(data)}`, 120)], width, 'accent');

/** Text that is JSON is laid out. */
function textLines(content: string, width: number): readonly Line[] {
  const value = /^\s*[[{]/.test(content) ? fromJson(content) : undefined;
  return value === undefined ? indented(tameRows(content, MOST_ROWS), width) : jsonLines(value, width);
}

const SHOW: Readonly<Record<string, Show>> = {
  text: (item, width) => textLines(text(item.text), width),
  image: media,
  audio: media,
  resource_link: ({ uri, name, mimeType }, width) =>
    indented(
      [tame(`link ${text(uri)} ${[name, mimeType].map(text).filter(Boolean).join(', ')}`.trim(), 400)],
      width,
      'accent',
    ),
  resource: ({ resource }, width) => {
    const { uri, mimeType, text: content, blob } = isObject(resource) ? resource : {};
    const about = [text(uri), text(mimeType), blob === undefined ? '' : size(blob)].filter(Boolean).join(', ');
    const body = typeof content === 'string' ? textLines(content, width) : [];
    return [...indented([tame(`resource ${about}`, 400)], width, 'accent'), ...body];
  },
};

/** What a tool answered, as a person reads it: texts as text, JSON laid out, pictures by type and size. */
export function answerLines(result: Readonly<Record<string, unknown>>, width: number): readonly Line[] {
  const { content, structuredContent, isError: _, ...rest } = result;
  const items = Array.isArray(content) ? (content as readonly unknown[]) : [];
  const shown = items.flatMap((item) => {
    if (!isObject(item)) return jsonLines(item, width);
    return SHOW[text(item.type)]?.(item, width) ?? jsonLines(item, width);
  });
  // Servers repeat structured content as text for older clients: once is enough.
  const isRepeated = items.some(
    (item) => isObject(item) && item.type === 'text' && same(fromJson(text(item.text)), structuredContent),
  );
  const structured =
    structuredContent === undefined || isRepeated
      ? []
      : [heading('structured content'), ...jsonLines(structuredContent, width)];
  const others = besides(rest);
  const more = Object.keys(others).length === 0 ? [] : [heading('besides'), ...jsonLines(others, width)];
  const all = [...shown, ...structured, ...more];
  if (all.length === 0) return [[span('  the answer is empty')]];
  return all.length > MOST_OF_PAGE
    ? [...all.slice(0, MOST_OF_PAGE), [span(`  ... ${all.length - MOST_OF_PAGE} more rows`, 'label')]]
    : all;
}

/** What a result has that is neither content nor the protocol's own. */
function besides({
  resultType: _,
  _meta,
  ...rest
}: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const own = isObject(_meta)
    ? Object.entries(_meta).filter(([name]) => !name.startsWith('io.modelcontextprotocol/'))
    : [];
  return own.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(own) };
}

const heading = (words: string): Line => [span(` ${words}`, 'label')];
