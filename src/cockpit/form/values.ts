import { isTame } from '../text/tame.ts';
import { same } from './check.ts';
import type { FieldKind, FormField } from './fields.ts';
import { isObject, requiredOf, type Schema } from './schema.ts';

export type Args = Readonly<Record<string, unknown>>;

/** What a field's text stands for. */
export type Parsed =
  | { readonly is: 'absent' }
  | { readonly is: 'value'; readonly value: unknown }
  | { readonly is: 'wrong'; readonly message: string };

const ABSENT: Parsed = { is: 'absent' };
const of = (value: unknown): Parsed => ({ is: 'value', value });
const wrong = (message: string): Parsed => ({ is: 'wrong', message });

/** What one types to mean the empty text, since nothing typed means that the field is left out. */
const EMPTY_TEXT = '""';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A text as JSON; undefined where it is none, which JSON itself never is. */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const parseNumber = (text: string): Parsed =>
  NUMBER.test(text.trim()) ? of(Number(text)) : wrong(`must be a number, and "${text.trim()}" is none`);

const parseJson = (text: string): Parsed => {
  const value = fromJson(text);
  return value === undefined ? wrong('must be JSON: quotes around texts and names, no comma at the end') : of(value);
};

const ITEMS: Readonly<Record<string, (text: string) => unknown>> = {
  string: (text) => text,
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : text),
};

function parseList(text: string, { items }: FormField): Parsed {
  if (text.trimStart().startsWith('[')) return parseJson(text);
  const read = ITEMS[items ?? ''] ?? ((item: string) => (NUMBER.test(item) ? Number(item) : item));
  return of(text.split(',').map((item) => read(item.trim())));
}

const PARSE: Readonly<Record<FieldKind, (text: string, field: FormField) => Parsed>> = {
  text: (text) => of(text === EMPTY_TEXT ? '' : text),
  number: parseNumber,
  choice: (text, { choices }) => {
    const chosen = choices.find(({ label }) => label === text);
    return chosen === undefined ? wrong('must be one of the values') : of(chosen.value);
  },
  list: parseList,
  json: parseJson,
  any: (text) => {
    const value = fromJson(text);
    return of(value === undefined ? text : value);
  },
};

function parse(field: FormField, text: string): Parsed {
  if (text === '') return field.required && field.nullable ? of(null) : ABSENT;
  if (field.nullable && field.kind !== 'text' && text.trim() === 'null') return of(null);
  return PARSE[field.kind](text, field);
}

const SHOW: Readonly<Record<FieldKind, (value: unknown, field: FormField) => string>> = {
  text: (value) => (value === '' ? EMPTY_TEXT : String(value)),
  number: String,
  choice: (value, { choices }) => choices.find((choice) => same(choice.value, value))?.label ?? '',
  list: (value) => {
    const isPlain = Array.isArray(value) && value.length > 0 && value.every((item) => typeof item !== 'object');
    const joined = isPlain ? value.join(', ') : '';
    const isClear = isPlain && value.every((item) => !/^$|^\s|\s$|,/.test(String(item))) && !joined.startsWith('[');
    return isClear ? joined : JSON.stringify(value);
  },
  json: (value) => JSON.stringify(value),
  any: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
};

/** The text by which a field stands for a value; null where no text does, or none that is safe to show. */
export function show(field: FormField, value: unknown): string | null {
  if (value === undefined) return '';
  if (value === null && field.nullable) return field.kind === 'text' ? (field.required ? '' : null) : 'null';
  const plain = SHOW[field.kind](value, field);
  const candidates = field.kind === 'any' || field.kind === 'list' ? [plain, JSON.stringify(value)] : [plain];
  const isIt = (text: string): boolean => {
    const parsed = parse(field, text);
    return text !== '' && isTame(text) && parsed.is === 'value' && same(parsed.value, value);
  };
  return candidates.find(isIt) ?? null;
}

/** What the fields stand for together, and by number of the field what is wrong with its text. */
export function collect(
  schema: Schema,
  fields: readonly FormField[],
  texts: readonly string[],
): { readonly args: Args; readonly wrong: ReadonlyMap<number, string> } {
  const top = new Map<string, unknown>();
  const inner = new Map<string, Map<string, unknown>>();
  const wrongs = new Map<number, string>();
  const required = requiredOf(schema);
  fields.forEach((field, index) => {
    const [name = '', member] = field.path;
    // An object that is needed is sent, though it may be empty.
    if (member !== undefined && required.has(name) && !inner.has(name)) inner.set(name, new Map());
    const parsed = parse(field, texts[index] ?? '');
    if (parsed.is === 'wrong') wrongs.set(index, parsed.message);
    if (parsed.is !== 'value') return;
    if (member === undefined) top.set(name, parsed.value);
    else inner.set(name, (inner.get(name) ?? new Map<string, unknown>()).set(member, parsed.value));
  });
  for (const [name, members] of inner) top.set(name, Object.fromEntries(members));
  return { args: Object.fromEntries(top), wrong: wrongs };
}

/** The texts by which the fields stand for the arguments; null where they cannot, and raw JSON has to. */
export function fill(schema: Schema, fields: readonly FormField[], args: Args): readonly string[] | null {
  const texts = fields.map((field) => show(field, valueAt(args, field.path)));
  if (texts.some((text) => text === null)) return null;
  const filled = texts.map((text) => text ?? '');
  return same(collect(schema, fields, filled).args, args) ? filled : null;
}

function valueAt(args: Args, path: readonly string[]): unknown {
  let value: unknown = args;
  for (const name of path) value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}
