import { isTame, tame } from '../text/tame.ts';
import { TYPE_WORDS } from './check.ts';
import { alternativesOf, asSchema, propertiesOf, requiredOf, resolve, type Schema, typesOf } from './schema.ts';

/** How a field is filled: a line of text, a number, one of several values, items with commas, JSON, or a text that may be JSON. */
export type FieldKind = 'text' | 'number' | 'choice' | 'list' | 'json' | 'any';

export interface Choice {
  readonly label: string;
  readonly value: unknown;
}

/** One row of a form, made from one member of the input schema or of an object in it. */
export interface FormField {
  /** Names as the server has them. */
  readonly path: readonly string[];
  /** `location.city`, safe to show. */
  readonly label: string;
  readonly kind: FieldKind;
  readonly choices: readonly Choice[];
  /** Of a list: the type of its items. */
  readonly items: string | null;
  readonly required: boolean;
  readonly nullable: boolean;
  /** Empty where the server says nothing. */
  readonly description: string;
  /** What may be put in, in a few words: `whole number 1 to 14`. */
  readonly hint: string;
  readonly initial: unknown;
}

/** A form of more rows than this is none; raw JSON has no bound. */
const MOST_FIELDS = 200;
const LONGEST_LABEL = 60;
const LONGEST_DESCRIPTION = 2_000;

/** The fields of an input schema in its order; members of an object one level down are fields of their own. */
export function fieldsOf(schema: Schema): readonly FormField[] {
  return membersOf(resolve(schema, schema), schema, [], true).slice(0, MOST_FIELDS);
}

function membersOf(given: Schema, root: Schema, path: readonly string[], isNeeded: boolean): readonly FormField[] {
  const required = requiredOf(given);
  return propertiesOf(given).flatMap(([name, member]) => {
    const here = [...path, name];
    const { schema, nullable } = withoutNull(resolve(member, root), root);
    const isRequired = isNeeded && required.has(name);
    const isObject = typesOf(schema).includes('object') && propertiesOf(schema).length > 0;
    if (isObject && path.length === 0) return membersOf(schema, root, here, isRequired);
    return [fieldOf(here, schema, root, isRequired, nullable)];
  });
}

/** A schema that also allows null, as the schema of what is not null. */
function withoutNull(schema: Schema, root: Schema): { readonly schema: Schema; readonly nullable: boolean } {
  const types = typesOf(schema);
  if (types.length > 1 && types.includes('null')) {
    const others = types.filter((type) => type !== 'null');
    return { schema: { ...schema, type: others.length === 1 ? others[0] : others }, nullable: true };
  }
  const alternatives = alternativesOf(schema)?.map((one) => resolve(one, root));
  const others = alternatives?.filter((one) => !(typesOf(one).length === 1 && typesOf(one)[0] === 'null')) ?? [];
  const [only] = others;
  if (alternatives === undefined || only === undefined || others.length === alternatives.length)
    return { schema, nullable: false };
  const { anyOf: _, oneOf: __, ...beside } = schema;
  return others.length === 1
    ? { schema: { ...only, ...beside }, nullable: true }
    : { schema: { ...beside, anyOf: others }, nullable: true };
}

function fieldOf(
  path: readonly string[],
  schema: Schema,
  root: Schema,
  required: boolean,
  nullable: boolean,
): FormField {
  const choices = choicesOf(schema);
  const kind = choices.length > 0 ? 'choice' : kindOf(schema, root);
  const { description, title } = schema;
  const about = typeof description === 'string' ? description : typeof title === 'string' ? title : '';
  return {
    path,
    label: tame(path.join('.'), LONGEST_LABEL) || '(no name)',
    kind,
    choices,
    items: kind === 'list' ? itemType(schema, root) : null,
    required,
    nullable,
    description: tame(about, LONGEST_DESCRIPTION).replace(/\s+/g, ' ').trim(),
    hint: hintOf(kind, choices, schema, root),
    initial: schema.default,
  };
}

function hintOf(kind: FieldKind, choices: readonly Choice[], schema: Schema, root: Schema): string {
  if (kind === 'choice') return tame(choices.map(({ label }) => label).join(' | '), 60);
  return tame([KIND_WORDS[kind](schema, root), boundsOf(schema), formatOf(schema)].filter(Boolean).join(' '), 60);
}

function choicesOf(schema: Schema): readonly Choice[] {
  const isBoolean = typesOf(schema).length === 1 && typesOf(schema)[0] === 'boolean';
  const values = Array.isArray(schema.enum)
    ? schema.enum
    : Object.hasOwn(schema, 'const')
      ? [schema.const]
      : isBoolean
        ? [true, false]
        : [];
  const label = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return values.map((value) => ({ label: tame(label(value), LONGEST_LABEL) || '""', value }));
}

const SCALARS: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean']);

function kindOf(schema: Schema, root: Schema): FieldKind {
  const types = typesOf(schema);
  if (types.length === 0) return 'any';
  if (types.every((type) => type === 'number' || type === 'integer')) return 'number';
  if (types.length > 1) return types.includes('string') ? 'any' : 'json';
  if (types[0] === 'string') return 'text';
  return types[0] === 'array' && itemType(schema, root) !== null ? 'list' : 'json';
}

/** The type of the items where they are all of one scalar type. */
function itemType(schema: Schema, root: Schema): string | null {
  const [type, ...more] = typesOf(resolve(asSchema(schema.items), root));
  const isPlain = type !== undefined && more.length === 0 && SCALARS.has(type);
  return isPlain && schema.prefixItems === undefined ? type : null;
}

const typeWords = (schema: Schema): string =>
  typesOf(schema)
    .map((type) => (TYPE_WORDS[type] ?? '').replace(/^an? /, ''))
    .join(' or ');

const KIND_WORDS: Readonly<Record<Exclude<FieldKind, 'choice'>, (schema: Schema, root: Schema) => string>> = {
  text: () => 'text',
  number: typeWords,
  list: (schema, root) =>
    itemType(schema, root) === 'string' ? 'texts, with commas or as JSON' : 'list, with commas or as JSON',
  json: (schema) => `${typeWords(schema)} as JSON`,
  any: () => 'text or JSON',
};

function boundsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const least = typeof minimum === 'number' ? `${minimum}` : null;
  const most = typeof maximum === 'number' ? `${maximum}` : null;
  if (least !== null && most !== null) return `${least} to ${most}`;
  if (least !== null) return `from ${least}`;
  if (most !== null) return `up to ${most}`;
  if (typeof exclusiveMinimum === 'number') return `above ${exclusiveMinimum}`;
  return typeof exclusiveMaximum === 'number' ? `below ${exclusiveMaximum}` : '';
}

const formatOf = ({ format }: Schema): string => (typeof format === 'string' && isTame(format) ? format : '');
