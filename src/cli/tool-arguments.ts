import { didYouMean } from '../registry/did-you-mean.ts';
import type { ToolView } from '../supervisor/api.ts';
import { CommandError, wrongUse } from './command-error.ts';
import { EXIT } from './exit-codes.ts';
import { oneLine } from './safe-text.ts';

type Schema = Readonly<Record<string, unknown>>;
export type ToolArguments = Readonly<Record<string, unknown>>;

/** The tools of a server as far as they are known; null where it was never awake. */
export type KnownTools = readonly ToolView[] | null;

/**
 * The tool that is meant; null where nobody knows yet what there is.
 *
 * @throws CommandError (3) where there is no such tool
 */
export function toolNamed(server: string, name: string, tools: KnownTools): ToolView | null {
  if (tools === null) return null;
  const found = tools.find((tool) => tool.name === name);
  if (found) return found;
  const names = tools.map((tool) => tool.name);
  const meant = didYouMean(name, names);
  const next = meant === null ? `mcp ${server} tools shows what there is` : `did you mean ${oneLine(meant)}?`;
  throw new CommandError(EXIT.notFound, { what: `${server} has no tool ${oneLine(name)}`, next });
}

/**
 * What was typed as arguments: one JSON object, or `key=value` for each, whose value is what the tool's input schema says
 * (text, number, true or false; objects and lists as JSON). Where no schema tells, a value that is JSON counts as such.
 *
 * @param usage how the call is typed, up to the arguments
 * @throws CommandError (2) for what cannot be read, what the tool does not know, and what it needs and was not given
 */
export function toolArguments(words: readonly string[], tool: ToolView | null, usage: string): ToolArguments {
  const [first] = words;
  const isJson = words.length === 1 && first?.trimStart().startsWith('{') === true;
  const args = isJson ? objectIn(first ?? '') : pairs(words, tool);
  if (tool) refuseMissing(args, tool, usage);
  return args;
}

function objectIn(text: string): ToolArguments {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? oneLine(error.message) : '';
    throw new CommandError(EXIT.wrongUse, {
      what: 'the arguments are not valid JSON',
      why,
      next: `write '{"key": "value"}', in single quotes, or key=value`,
    });
  }
}

function pairs(words: readonly string[], tool: ToolView | null): ToolArguments {
  const args = new Map<string, unknown>();
  for (const word of words) {
    const [, key, text] = /^([^=\s]+)=(.*)$/s.exec(word) ?? [];
    if (key === undefined || text === undefined) {
      throw wrongUse(`"${oneLine(word.slice(0, 40))}" is no argument`, `write key=value, or one '{"key": "value"}'`);
    }
    if (args.has(key))
      throw wrongUse(`"${oneLine(key)}" was given twice`, `a list is written as JSON: ${key}='["a", "b"]'`);
    args.set(key, valueFor(key, text, tool));
  }
  return Object.fromEntries(args);
}

function valueFor(key: string, text: string, tool: ToolView | null): unknown {
  const properties = propertiesOf(tool);
  const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (schema === undefined && tool?.inputSchema.additionalProperties === false) throw unknownKey(key, tool, properties);
  const types = typesOf(schema);
  for (const type of READING_ORDER) {
    if (types.length > 0 && !types.includes(type)) continue;
    const read = READERS[type]?.(text);
    if (read !== undefined) return read.value;
  }
  throw wrongUse(
    `${key}: "${oneLine(text.slice(0, 40))}" is not ${types.map(article).join(' or ')}`,
    EXAMPLES[types[0] ?? ''] ?? `${key}=…`,
  );
}

type Read = { readonly value: unknown } | undefined;

/** What is nothing but text comes last, as everything is text. */
const READING_ORDER = ['null', 'boolean', 'integer', 'number', 'object', 'array', 'string'] as const;

const READERS: Readonly<Record<string, (text: string) => Read>> = {
  null: (text) => (text === 'null' ? { value: null } : undefined),
  boolean: (text) => (text === 'true' || text === 'false' ? { value: text === 'true' } : undefined),
  integer: (text) => (/^[+-]?\d+$/.test(text) ? { value: Number(text) } : undefined),
  number: (text) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? { value: Number(text) } : undefined),
  object: (text) => jsonWhere(text, (value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
  array: (text) => jsonWhere(text, Array.isArray),
  string: (text) => ({ value: text }),
};

const EXAMPLES: Readonly<Record<string, string>> = {
  boolean: 'write true or false',
  object: `write JSON in single quotes: '{"key": "value"}'`,
  array: `write JSON in single quotes: '["a", "b"]'`,
};

function article(type: string): string {
  return type === 'null' ? type : `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`;
}

function jsonWhere(text: string, fits: (value: unknown) => boolean): Read {
  try {
    const value: unknown = JSON.parse(text);
    return fits(value) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

/** The types a value may have, of all alternatives; none where the schema does not tell. */
function typesOf(schema: unknown): readonly string[] {
  if (!isObject(schema)) return [];
  const own = [schema.type].flat().filter((type) => typeof type === 'string');
  const alternatives = [schema.anyOf, schema.oneOf].flatMap((each) => (Array.isArray(each) ? each : []));
  const known = [...own, ...alternatives.flatMap(typesOf)].filter((type) => Object.hasOwn(READERS, type));
  if (known.length > 0) return [...new Set(known)];
  const choices = Array.isArray(schema.enum) ? schema.enum : [];
  return choices.length > 0 && choices.every((choice) => typeof choice === 'string') ? ['string'] : [];
}

function propertiesOf(tool: ToolView | null): Schema {
  return isObject(tool?.inputSchema.properties) ? tool.inputSchema.properties : {};
}

function unknownKey(key: string, tool: ToolView, properties: Schema): CommandError {
  const names = Object.keys(properties).map(oneLine);
  const meant = didYouMean(key, names);
  const all = names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`;
  return wrongUse(
    `${oneLine(tool.name)} has no argument ${oneLine(key)}`,
    meant === null ? all : `did you mean ${meant}?`,
  );
}

function refuseMissing(args: ToolArguments, tool: ToolView, usage: string): void {
  const { required } = tool.inputSchema;
  const needed = Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
  const missing = needed.filter((name) => !Object.hasOwn(args, name)).map(oneLine);
  if (missing.length === 0) return;
  const typed = [...missing.map((name) => `${name}=…`)].join(' ');
  throw wrongUse(`${oneLine(tool.name)} needs ${missing.join(' and ')}`, `${usage} ${typed}`);
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
