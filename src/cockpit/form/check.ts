import { isSearchable } from './pattern.ts';
import {
  alternativesOf,
  asSchema,
  isObject,
  propertiesOf,
  requiredOf,
  resolve,
  type Schema,
  typesOf,
} from './schema.ts';

/** What is wrong with a value: where (names of members, numbers of items), and a clause that goes on from its name: `must be …`. */
export interface Finding {
  readonly path: readonly string[];
  readonly message: string;
}

/** Values nested deeper than this are left to the server. */
const DEEPEST = 32;

interface Place {
  readonly root: Schema;
  readonly path: readonly string[];
}

/**
 * What a value does not meet of a schema, for the part of JSON Schema that forms are made of: types, enumerations, bounds, lengths,
 * items, members, alternatives, references within the document. What else a schema says is left to the server to judge, so no
 * finding means "send it", never "it is right".
 */
export function check(schema: Schema, value: unknown, root: Schema = schema): readonly Finding[] {
  return checkAt(schema, value, { root, path: [] });
}

type Rule = (schema: Schema, value: unknown, place: Place) => readonly Finding[];

function checkAt(given: Schema, value: unknown, place: Place): readonly Finding[] {
  if (place.path.length > DEEPEST) return [];
  const schema = resolve(given, place.root);
  const wrongType = checkType(schema, value, place);
  // Of a value of another type, lengths and bounds say nothing more.
  if (wrongType.length > 0) return wrongType;
  return RULES.flatMap((rule) => rule(schema, value, place));
}

const say = ({ path }: Place, message: string): readonly Finding[] => [{ path, message }];

const IS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => typeof value === 'number' && Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: Array.isArray,
  object: isObject,
};

export const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'an object',
};

const checkType: Rule = (schema, value, place) => {
  const types = typesOf(schema);
  if (types.length === 0 || types.some((type) => IS[type]?.(value) ?? true)) return [];
  return say(place, `must be ${types.map((type) => TYPE_WORDS[type]).join(' or ')}`);
};

/** Whether two JSON values are the same, in whatever order their members stand. */
export const same = (a: unknown, b: unknown): boolean => a === b || canonical(a) === canonical(b);

/** JSON with members in one order. */
function canonical(value: unknown): string {
  const sorted = (_: string, member: unknown): unknown =>
    isObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member;
  return JSON.stringify(value, sorted) ?? '';
}

const NAMED = 8;

const checkChoice: Rule = (schema, value, place) => {
  if (Object.hasOwn(schema, 'const') && !same(schema.const, value))
    return say(place, `must be ${JSON.stringify(schema.const)}`);
  if (!Array.isArray(schema.enum) || schema.enum.some((one) => same(one, value))) return [];
  const names = schema.enum.slice(0, NAMED).map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  return say(place, `must be one of ${names.join(', ')}${schema.enum.length > NAMED ? ', ...' : ''}`);
};

type Bound = readonly [
  keyword: string,
  breaks: (value: number, bound: number) => boolean,
  words: (bound: number) => string,
];

const items = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const BOUNDS: readonly Bound[] = [
  ['minimum', (value, bound) => value < bound, (bound) => `must be at least ${bound}`],
  ['maximum', (value, bound) => value > bound, (bound) => `must be at most ${bound}`],
  ['exclusiveMinimum', (value, bound) => value <= bound, (bound) => `must be more than ${bound}`],
  ['exclusiveMaximum', (value, bound) => value >= bound, (bound) => `must be less than ${bound}`],
];

const LENGTHS: readonly Bound[] = [
  ['minLength', (value, bound) => value < bound, (bound) => `must have at least ${items(bound, 'character')}`],
  ['maxLength', (value, bound) => value > bound, (bound) => `must have at most ${items(bound, 'character')}`],
];

const ITEM_COUNTS: readonly Bound[] = [
  ['minItems', (value, bound) => value < bound, (bound) => `must have at least ${items(bound, 'item')}`],
  ['maxItems', (value, bound) => value > bound, (bound) => `must have at most ${items(bound, 'item')}`],
];

function broken(bounds: readonly Bound[], schema: Schema, value: number, place: Place): readonly Finding[] {
  for (const [keyword, breaks, words] of bounds) {
    const bound = schema[keyword];
    if (typeof bound === 'number' && breaks(value, bound)) return say(place, words(bound));
  }
  return [];
}

const checkNumber: Rule = (schema, value, place) => {
  if (typeof value !== 'number') return [];
  const found = broken(BOUNDS, schema, value, place);
  const { multipleOf } = schema;
  if (found.length > 0 || typeof multipleOf !== 'number' || multipleOf <= 0) return found;
  const times = value / multipleOf;
  // 0.3 / 0.1 is 2.9999999999999996.
  return !(Math.abs(times - Math.round(times)) > 1e-9) ? [] : say(place, `must be a multiple of ${multipleOf}`);
};

const checkText: Rule = (schema, value, place) => {
  if (typeof value !== 'string') return [];
  const found = broken(LENGTHS, schema, [...value].length, place);
  const { pattern } = schema;
  if (found.length > 0 || typeof pattern !== 'string' || !isSearchable(pattern, value)) return found;
  return new RegExp(pattern, 'u').test(value) ? [] : say(place, `must match ${pattern}`);
};

const checkItems: Rule = (schema, value, place) => {
  if (!Array.isArray(value)) return [];
  const found = broken(ITEM_COUNTS, schema, value.length, place);
  const repeated =
    schema.uniqueItems === true && new Set(value.map(canonical)).size < value.length
      ? say(place, 'must not have an item twice')
      : [];
  const first = Array.isArray(schema.prefixItems) ? schema.prefixItems.map(asSchema) : [];
  const rest = asSchema(schema.items);
  const inside = value.flatMap((item, index) =>
    checkAt(first[index] ?? rest, item, { ...place, path: [...place.path, String(index)] }),
  );
  return [...found, ...repeated, ...inside];
};

const checkMembers: Rule = (schema, value, place) => {
  if (!isObject(value)) return [];
  const properties = propertiesOf(schema);
  const known = new Set(properties.map(([name]) => name));
  const within = (name: string): Place => ({ ...place, path: [...place.path, name] });
  const missing = [...requiredOf(schema)].filter((name) => !Object.hasOwn(value, name));
  const inside = properties.flatMap(([name, member]) =>
    Object.hasOwn(value, name) ? checkAt(member, value[name], within(name)) : [],
  );
  const isClosed = schema.additionalProperties === false && !isObject(schema.patternProperties);
  const unknown = isClosed ? Object.keys(value).filter((name) => !known.has(name)) : [];
  return [
    ...missing.flatMap((name) => say(within(name), 'is needed')),
    ...inside,
    ...unknown.flatMap((name) => say(within(name), 'is not known to this tool')),
  ];
};

/** With alternatives of which none fits, the findings of the one that comes closest. */
const checkAlternatives: Rule = (schema, value, place) => {
  const alternatives = alternativesOf(schema);
  if (alternatives === null) return [];
  const tried = alternatives.map((one) => checkAt(one, value, place));
  if (tried.some((findings) => findings.length === 0)) return [];
  const [closest = []] = tried.filter((findings) => findings.every(({ path }) => path.length > place.path.length));
  if (closest.length > 0) return closest;
  const types = alternatives.flatMap((one) => typesOf(resolve(one, place.root)));
  const words = [...new Set(types)].map((type) => TYPE_WORDS[type] ?? type).join(' or ');
  return say(place, words === '' ? 'fits none of the alternatives' : `must be ${words} as the tool describes it`);
};

const checkAll: Rule = ({ allOf }, value, place) =>
  Array.isArray(allOf) ? allOf.flatMap((one) => checkAt(asSchema(one), value, place)) : [];

const RULES: readonly Rule[] = [
  checkChoice,
  checkNumber,
  checkText,
  checkItems,
  checkMembers,
  checkAlternatives,
  checkAll,
];
