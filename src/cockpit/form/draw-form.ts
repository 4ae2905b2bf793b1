import { fieldSpans } from '../frame/field-spans.ts';
import { type Field, fieldOf } from '../keys/field.ts';
import { fit, type Line, type Span, span } from '../text/line.ts';
import { wrapColumns } from '../text/sgr.ts';
import { tame } from '../text/tame.ts';
import { truncateMiddle } from '../text/truncate.ts';
import { graphemes, textWidth } from '../text/width.ts';
import type { DrawContext } from '../view.ts';
import type { FormField } from './fields.ts';
import { BUTTONS, type Button, buttonAt, type Form, inputCount, verdictOf } from './form.ts';

const BUTTON_WORDS: Readonly<Record<Button, string>> = {
  call: 'Call',
  json: 'As JSON',
  save: 'Write case',
  copy: 'Copy command',
};

const WIDEST_LABEL = 28;
const NARROWEST_VALUE = 12;
const WIDEST_VALUE = 44;
/** Rows of a description before it is cut. */
const ABOUT_ROWS = 4;

interface Drawing {
  readonly form: Form;
  readonly context: DrawContext;
  readonly width: number;
  readonly label: number;
  readonly value: number;
}

/** A group of rows that belong to one thing of the form; the one with the focus is kept in sight. */
interface Block {
  readonly rows: readonly Line[];
  readonly hasFocus: boolean;
}

const about = (text: string, width: number, role: Span['role'], indent: number): readonly Line[] => {
  if (text === '') return [];
  const rows = words(text, Math.max(10, width - indent - 1));
  const shown = rows.length > ABOUT_ROWS ? [...rows.slice(0, ABOUT_ROWS - 1), `${rows[ABOUT_ROWS - 1]} ...`] : rows;
  return shown.map((row) => [span(' '.repeat(indent)), span(row, role)]);
};

/** A sentence broken between words. */
function words(text: string, columns: number): readonly string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ').flatMap((one) => wrapColumns(one, columns))) {
    const longer = row === '' ? word : `${row} ${word}`;
    if (textWidth(longer) <= columns) row = longer;
    else {
      rows.push(row);
      row = word;
    }
  }
  return row === '' ? rows : [...rows, row];
}

/** The form in at most `height` rows: the thing with the focus always in sight. */
export function drawForm(form: Form, context: DrawContext, width: number, height: number): readonly Line[] {
  const widest = Math.max(4, ...form.fields.map(({ label }) => textWidth(label) + 2));
  const label = Math.min(WIDEST_LABEL, widest, Math.max(4, width - NARROWEST_VALUE - 8));
  const value = Math.min(WIDEST_VALUE, Math.max(4, width - label - 8));
  const drawing: Drawing = { form, context, width, label, value };
  const blocks = [head(drawing), ...inputs(drawing), general(drawing), buttons(drawing)];
  const before = blocks.slice(
    0,
    Math.max(
      0,
      blocks.findIndex(({ hasFocus }) => hasFocus),
    ),
  );
  const start = before.reduce((sum, { rows }) => sum + rows.length, 0);
  const size = blocks[before.length]?.rows.length ?? 1;
  const rows = blocks.flatMap((block) => block.rows);
  // In the middle where there is more than fits, so that what comes next is in sight whichever way one goes.
  const top = Math.max(0, Math.min(start - Math.max(0, Math.floor((height - size) / 2)), rows.length - height));
  return rows.slice(top, top + height).map((line) => fit(line, width, context.glyphs.cut));
}

function head({ form: { tool, fields, raw }, width }: Drawing): Block {
  const text = tame(tool.description ?? tool.title ?? '', 2_000)
    .replace(/\s+/g, ' ')
    .trim();
  const none = fields.length === 0 && raw === null ? 'This tool takes no arguments.' : '';
  const rows = [...about(text, width, 'text', 1), ...about(none, width, 'label', 1)];
  return { rows: rows.length === 0 ? [] : [...rows, []], hasFocus: false };
}

function inputs(drawing: Drawing): readonly Block[] {
  const { form } = drawing;
  return form.raw === null
    ? form.fields.map((field, index) => row(drawing, field, index))
    : [rawBlock(drawing, form.raw)];
}

function row(drawing: Drawing, field: FormField, index: number): Block {
  const { form, context, width, label, value } = drawing;
  const { glyphs } = context;
  const hasFocus = form.focus === index;
  const text = form.texts[index] ?? fieldOf('');
  const wrong = form.isChecked ? verdictOf(form).byField.get(index) : undefined;
  const name = truncateMiddle(field.label, label - 2, glyphs.cut);
  const line: Line = [
    span(hasFocus ? ` ${glyphs.pointer} ` : '   ', 'accent'),
    span(name, hasFocus ? 'title' : 'text'),
    span(field.required ? '*' : ' ', 'accent'),
    span(' '.repeat(Math.max(0, label - textWidth(name) - 1))),
    ...shownValue(field, text, value, hasFocus, glyphs.cut),
    span(` ${field.hint}`, 'label'),
  ];
  const below = [
    ...(hasFocus ? about(field.description, width, 'label', label + 5) : []),
    ...(wrong === undefined ? [] : about(`${glyphs.cross} ${field.label} ${wrong}`, width, 'error', label + 5)),
  ];
  return { rows: [line, ...below], hasFocus };
}

function shownValue({ kind }: FormField, text: Field, width: number, hasFocus: boolean, cut: string): Line {
  const inner = Math.max(1, width - 2);
  const ends = kind === 'choice' ? (['<', '>'] as const) : (['[', ']'] as const);
  const edge = (end: string): Span => span(end, hasFocus ? 'frameFocus' : 'frame');
  if (hasFocus && kind !== 'choice') return [edge(ends[0]), ...fit(fieldSpans(text, inner), inner, cut), edge(ends[1])];
  const shown = truncateMiddle(tame(text.text), inner, cut);
  const rest = span(' '.repeat(Math.max(0, inner - textWidth(shown))), 'field');
  return [
    edge(ends[0]),
    span(shown || ' ', hasFocus ? 'cursor' : 'field'),
    shown === '' ? span(rest.text.slice(1)) : rest,
    edge(ends[1]),
  ];
}

/** The JSON over as many rows as it takes, with the cursor in it. */
function rawBlock({ form, width }: Drawing, raw: Field): Block {
  const hasFocus = buttonAt(form) === null;
  const columns = Math.max(10, width - 4);
  const clusters = [...graphemes(raw.text), ' '];
  const rows: Line[] = [];
  let line: Span[] = [];
  let used = 0;
  clusters.forEach((cluster, index) => {
    const size = textWidth(cluster);
    if (used + size > columns) {
      rows.push(line);
      line = [];
      used = 0;
    }
    line.push(span(cluster, hasFocus && index === raw.cursor ? 'cursor' : 'field'));
    used += size;
  });
  const text = [...rows, line].map((one): Line => [span('  '), ...joined(one)]);
  return { rows: [[span(' arguments as JSON', hasFocus ? 'title' : 'text')], ...text], hasFocus };
}

/** Neighbours of one role as one span. */
function joined(line: readonly Span[]): Line {
  const parts: Span[] = [];
  for (const part of line) {
    const last = parts.at(-1);
    if (last?.role === part.role && last !== undefined)
      parts[parts.length - 1] = { ...last, text: last.text + part.text };
    else parts.push(part);
  }
  return parts;
}

function general({ form, context, width }: Drawing): Block {
  const wrong = form.isChecked ? verdictOf(form).general : null;
  return { rows: wrong === null ? [] : about(`${context.glyphs.cross} ${wrong}`, width, 'error', 3), hasFocus: false };
}

function buttons({ form, width }: Drawing): Block {
  const focused = buttonAt(form);
  const parts = BUTTONS.map((button): Span => {
    const word = button === 'json' && form.raw !== null ? 'As fields' : BUTTON_WORDS[button];
    return span(`[ ${word} ]`, button === focused ? 'selected' : 'text');
  });
  const isNarrow = parts.reduce((sum, { text }) => sum + textWidth(text) + 1, 2) > width;
  const rows: readonly Line[] = isNarrow
    ? parts.map((part) => [span('   '), part])
    : [[span('   '), ...parts.flatMap((part) => [part, span(' ')])]];
  const needed = inputCount(form) > 0 && form.raw === null && form.fields.some(({ required }) => required);
  const note: readonly Line[] = needed ? [[span('   * is needed', 'label')]] : [];
  return { rows: [[], ...rows, ...note], hasFocus: focused !== null };
}

/** What has the focus, for a screen reader. */
export function formWords(form: Form): string {
  const button = buttonAt(form);
  if (button !== null) return `button ${BUTTON_WORDS[button]}`;
  const field = form.fields[form.focus];
  if (form.raw !== null || field === undefined) return `arguments as JSON: ${tame(form.raw?.text ?? '')}`;
  const wrong = form.isChecked ? verdictOf(form).byField.get(form.focus) : undefined;
  const parts = [field.required ? 'needed' : '', field.hint, field.description, wrong ?? ''].filter(Boolean).join(', ');
  return `${field.label}: ${tame(form.texts[form.focus]?.text ?? '') || 'empty'}, ${parts}`;
}
