import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';

/** A JSON text with its syntax tree; comments and trailing commas are allowed. */
export interface JsonDocument {
  readonly text: string;
  /** Undefined when there is no value at all. */
  readonly root: Node | undefined;
  readonly errors: readonly SyntaxFault[];
  /** Offsets at which lines begin. */
  readonly lineStarts: readonly number[];
}

/** One place where the text is no JSON. `offset` counts from the start of the text. */
interface SyntaxFault {
  readonly offset: number;
  readonly message: string;
}

/** Line and column, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Deeper nesting is refused, so that no text can exhaust the stack of the recursive parser. */
const DEEPEST = 100;

/** Parses without ever throwing. A leading byte-order mark does not disturb. */
export function parseDocument(text: string): JsonDocument {
  const source = text.startsWith('\uFEFF') ? ` ${text.slice(1)}` : text;
  const tooDeep = offsetOfDepth(source, DEEPEST);
  if (tooDeep !== null) {
    const fault = { offset: tooDeep, message: `nested more than ${DEEPEST} levels deep` };
    return { text, root: undefined, errors: [fault], lineStarts: lineStartsOf(text) };
  }
  const errors: ParseError[] = [];
  const root = parseTree(source, errors, { allowTrailingComma: true });
  return {
    text,
    root,
    errors: errors.map(({ error, offset }) => faultOf(source, printParseErrorCode(error), offset)),
    lineStarts: lineStartsOf(text),
  };
}

const MESSAGES: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this word is neither text in quotes, a number, true, false nor null',
  InvalidNumberFormat: 'this is no number',
  PropertyNameExpected: 'a key in double quotes is expected here',
  ValueExpected: 'a value is expected here',
  ColonExpected: 'a colon is expected here',
  CommaExpected: 'a comma is missing before this',
  CloseBraceExpected: 'a closing } is missing',
  CloseBracketExpected: 'a closing ] is missing',
  EndOfFileExpected: 'nothing may follow here',
  UnexpectedEndOfComment: 'this comment is never closed',
  UnexpectedEndOfString: 'this text is never closed with a quote',
  InvalidUnicode: 'this \\u escape is incomplete',
  InvalidEscapeCharacter: 'this \\ escape does not exist',
  InvalidCharacter: 'this character may not stand here; inside text, write it as \\u…',
};

function faultOf(source: string, code: string, offset: number): SyntaxFault {
  const message = MESSAGES[code] ?? 'this is no JSON';
  // The parser stops at the end of a half-written file; the place of interest is the last thing that was written.
  const ended = source.slice(offset).trim() === '';
  return { offset, message: ended && code !== 'InvalidCharacter' ? `the file ends too early: ${message}` : message };
}

/** Where nesting first exceeds `limit`, or null. Looks at tokens only: no recursion, linear in the text. */
function offsetOfDepth(text: string, limit: number): number | null {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.scan() !== END_OF_FILE) {
    const opening = text[scanner.getTokenOffset()];
    if (scanner.getTokenLength() !== 1) continue;
    if (opening === '{' || opening === '[') depth++;
    if (opening === '}' || opening === ']') depth--;
    if (depth > limit) return scanner.getTokenOffset();
  }
  return null;
}

/** `SyntaxKind.EOF`; the library's const enum cannot be used with isolated modules. */
const END_OF_FILE: number = 17;

/**
 * The plain value of a node. Of keys that occur twice the last counts, as in `JSON.parse`; `__proto__` becomes an
 * ordinary own key and never a prototype.
 */
export function nodeValue(node: Node): unknown {
  switch (node.type) {
    case 'object':
      return Object.fromEntries(properties(node).map(({ key, value }) => [key, nodeValue(value)]));
    case 'array':
      return (node.children ?? []).map(nodeValue);
    default:
      return node.value;
  }
}

export interface Property {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node;
}

/** The complete properties of an object node, in file order, duplicates included. */
export function properties(node: Node): Property[] {
  if (node.type !== 'object') return [];
  return (node.children ?? []).flatMap(({ children: [keyNode, value] = [] }) =>
    keyNode !== undefined && value !== undefined ? [{ key: String(keyNode.value), keyNode, value }] : [],
  );
}

/**
 * The node at a path; of keys that occur twice the last. Where the path ends early, the nearest node above it: the best
 * place to point at when something is missing.
 */
export function nearestNode(root: Node, path: readonly PropertyKey[]): Node {
  let node = root;
  for (const segment of path) {
    const next =
      node.type === 'array'
        ? node.children?.[Number(segment)]
        : properties(node).findLast(({ key }) => key === String(segment))?.value;
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

/** `\n`, `\r\n` and a lone `\r` end lines. */
function lineStartsOf(text: string): number[] {
  return [0, ...text.matchAll(/\r\n|\n|\r/g).map(({ 0: end, index }) => index + end.length)];
}

/** Line and column of an offset. */
export function positionAt({ lineStarts }: JsonDocument, offset: number): Position {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}

/** `file:line:column` of an offset. */
export function placeAt(document: JsonDocument, offset: number, path: string): string {
  const { line, column } = positionAt(document, offset);
  return `${path}:${line}:${column}`;
}

/** What stands at a path within a plain value; undefined when nothing does. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const segment of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, segment)) return undefined;
    found = Reflect.get(found, segment);
  }
  return found;
}
