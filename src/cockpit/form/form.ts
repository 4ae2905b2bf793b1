import type { ToolView } from '../../supervisor/api.ts';
import { type Field, fieldOf } from '../keys/field.ts';
import { remembered } from '../remembered.ts';
import { tame, tameJson } from '../text/tame.ts';
import { check } from './check.ts';
import { type FormField, fieldsOf } from './fields.ts';
import { isObject } from './schema.ts';
import { type Args, collect, fill, fromJson, show } from './values.ts';

/** What stands below the fields and is pressed with Enter. */
export const BUTTONS = ['call', 'json', 'save', 'copy'] as const;
export type Button = (typeof BUTTONS)[number];

/** The arguments of one tool, being filled in. */
export interface Form {
  readonly server: string;
  readonly tool: ToolView;
  readonly fields: readonly FormField[];
  /** One per field. */
  readonly texts: readonly Field[];
  /** The arguments as JSON, where they are written so; null: by fields. */
  readonly raw: Field | null;
  /** Fields (or the raw text) first, then buttons. */
  readonly focus: number;
  /** What is wrong is said once somebody tried to call; from then on while they type. */
  readonly isChecked: boolean;
  /** Filled in from a call that somebody else made. */
  readonly isRepeat: boolean;
}

/** What is wrong, by number of the field; of the whole: `general`. */
export interface Verdict {
  /** Null where the arguments cannot even be read. */
  readonly args: Args | null;
  readonly byField: ReadonlyMap<number, string>;
  readonly general: string | null;
}

const rawField = (args: Args): Field => fieldOf(tameJson(JSON.stringify(args)));

/** A form for a tool; with the arguments given, else with the defaults of the schema. */
export function openForm(server: string, tool: ToolView, args: Args | null, isRepeat = false): Form {
  const fields = fieldsOf(tool.inputSchema);
  const filled =
    args === null ? fields.map((field) => show(field, field.initial) ?? '') : fill(tool.inputSchema, fields, args);
  const texts = (filled ?? fields.map(() => '')).map(fieldOf);
  const raw = filled === null && args !== null ? rawField(args) : null;
  return { server, tool, fields, texts, raw, focus: 0, isChecked: false, isRepeat };
}

/** How many things of a form take keys. */
export const inputCount = ({ raw, fields }: Form): number => (raw === null ? fields.length : 1);

/** The button that has the focus; null on a field. */
export const buttonAt = (form: Form): Button | null => BUTTONS[form.focus - inputCount(form)] ?? null;

export function moveFocus(form: Form, by: 1 | -1): Form {
  const count = inputCount(form) + BUTTONS.length;
  return { ...form, focus: (form.focus + by + count) % count };
}

/** What the form stands for, and whether the tool's schema takes it. Asked several times per frame, worked out once. */
export const verdictOf: (form: Form) => Verdict = remembered(
  ({ tool, fields, texts, raw }: Form) => [tool, fields, texts, raw],
  (form) => (form.raw === null ? fieldsVerdict(form) : rawVerdict(form, form.raw.text)),
);

function fieldsVerdict({ tool: { inputSchema }, fields, texts }: Form): Verdict {
  const { args, wrong } = collect(
    inputSchema,
    fields,
    texts.map(({ text }) => text),
  );
  const byField = new Map(wrong);
  let general: string | null = null;
  for (const { path, message } of check(inputSchema, args)) {
    const index = fields.findIndex((field) => field.path.every((name, depth) => path[depth] === name));
    const inside = path
      .slice(fields[index]?.path.length ?? 0)
      .map((part) => (/^\d+$/.test(part) ? Number(part) + 1 : part));
    const where = inside.length === 0 ? '' : `${typeof inside[0] === 'number' ? 'item ' : ''}${inside.join('.')} `;
    if (index === -1) general ??= tame(`${path.join('.') || 'this'} ${message}`, 200);
    else if (!byField.has(index)) byField.set(index, tame(where + message, 200));
  }
  return { args, byField, general };
}

function rawVerdict({ tool: { inputSchema } }: Form, text: string): Verdict {
  const args = text.trim() === '' ? {} : fromJson(text);
  const byField = new Map<number, string>();
  if (!isObject(args)) {
    const what = args === undefined ? 'this is no JSON: quotes around texts and names, no comma at the end' : '';
    return { args: null, byField, general: what || 'the arguments must be an object: {"name": value}' };
  }
  const [first] = check(inputSchema, args);
  const general = first === undefined ? null : tame(`${first.path.join('.') || 'this'} ${first.message}`, 200);
  return { args, byField, general };
}

export const isRight = ({ byField, general }: Verdict): boolean => byField.size === 0 && general === null;

/** With what is wrong shown, and the focus where the first of it is. */
export function showWrong(form: Form): Form {
  const first = Math.min(...verdictOf(form).byField.keys());
  return { ...form, isChecked: true, focus: form.raw === null && Number.isFinite(first) ? first : form.focus };
}

/** From fields to JSON; or back, where the fields can stand for what was written. Null where they cannot. */
export function switchRaw(form: Form): Form | null {
  const { args } = verdictOf(form);
  if (form.raw === null) return { ...form, raw: rawField(args ?? {}), focus: 0 };
  const filled = args === null ? null : fill(form.tool.inputSchema, form.fields, args);
  return filled === null ? null : { ...form, raw: null, texts: filled.map(fieldOf), focus: 0 };
}
