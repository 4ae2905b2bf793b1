import { isDeepStrictEqual } from 'node:util';
import { createScanner, type Node } from 'jsonc-parser';
import { type JsonDocument, nodeValue, type Property, parseDocument, properties } from './json-document.ts';

/**
 * Edits of a JSON text that leave every character alone that need not change: comments, order, blank lines, line
 * endings, trailing commas. The text must be valid; paths must lead to what is there.
 */

/** Sets the value of a key of the object at `path`; appends the key when it is new. */
export function setKey(text: string, path: readonly string[], key: string, value: unknown): string {
  const object = objectAt(parseDocument(text), path);
  const present = properties(object).findLast((property) => property.key === key);
  if (present === undefined) return appendKey(text, object, key, value);
  return setValue(text, present.value, [...path, key], value);
}

/** Removes a key of the object at `path`, every occurrence of it. Comments beside it stay. */
export function removeKey(text: string, path: readonly string[], key: string): string {
  const object = objectAt(parseDocument(text), path);
  const present = properties(object).find((property) => property.key === key);
  return present === undefined ? text : removeKey(withoutProperty(text, object, present), path, key);
}

function objectAt(document: JsonDocument, path: readonly string[]): Node {
  let node = document.root;
  for (const segment of path) node = node && properties(node).findLast(({ key }) => key === segment)?.value;
  if (node?.type !== 'object') throw new TypeError(`no object at ${JSON.stringify(path)}`);
  return node;
}

/** Objects are changed key by key, so that what stays the same keeps its form; all else is replaced whole. */
function setValue(text: string, node: Node, path: readonly string[], value: unknown): string {
  if (isDeepStrictEqual(nodeValue(node), value)) return text;
  if (node.type !== 'object' || !isObject(value)) {
    return splice(text, node.offset, node.offset + node.length, format(value, text, indentOfLine(text, node.offset)));
  }
  const gone = properties(node).filter(({ key }) => !Object.hasOwn(value, key));
  const trimmed = gone.reduce((changed, { key }) => removeKey(changed, path, key), text);
  return Object.entries(value).reduce((changed, [key, item]) => setKey(changed, path, key, item), trimmed);
}

function appendKey(text: string, object: Node, key: string, value: unknown): string {
  const close = object.offset + object.length - 1;
  const last = properties(object).at(-1);
  if (last !== undefined && object.parent !== undefined && !/[\r\n]/.test(text.slice(object.offset, close))) {
    return splice(text, endOf(last), endOf(last), `, ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  }
  const outer = indentOfLine(text, object.offset);
  const inner =
    last === undefined || !startsLine(text, last) ? outer + indentUnit(text) : indentOfLine(text, last.keyNode.offset);
  const eol = lineEnd(text);
  const content = `${eol}${inner}${JSON.stringify(key)}: ${format(value, text, inner)}`;
  const trailingComma = last !== undefined && text[nextToken(text, endOf(last))] === ',';
  // After the last thing inside, comments included, so that a comment stays with the entry it stands behind.
  const at = text.slice(0, close).trimEnd().length;
  const tail = /[\r\n]/.test(text.slice(at, close)) ? '' : eol + outer;
  const inserted = splice(text, at, tail === '' ? at : close, content + (trailingComma ? ',' : '') + tail);
  return last === undefined || trailingComma ? inserted : splice(inserted, endOf(last), endOf(last), ',');
}

function withoutProperty(text: string, object: Node, property: Property): string {
  const start = property.keyNode.offset;
  const end = endOf(property);
  const comma = nextToken(text, end);
  if (text[comma] === ',') return tidied(splice(text, comma, comma + 1, ''), start, end);
  const tidy = tidied(text, start, end);
  const all = properties(object);
  const before = all[all.findIndex(({ keyNode }) => keyNode.offset === start) - 1];
  if (before === undefined) return tidy;
  const commaBefore = nextToken(text, endOf(before));
  return text[commaBefore] === ',' ? splice(tidy, commaBefore, commaBefore + 1, '') : tidy;
}

/** Cuts a range out, and with it the line it stood on when nothing else is there, or else the gap that it leaves. */
function tidied(text: string, start: number, end: number): string {
  const lineStart = lineStartOf(text, start);
  const before = text.slice(lineStart, start);
  const after = /^[^\S\r\n]*(\r\n|\n|\r)?/.exec(text.slice(end));
  if (before.trim() === '' && after?.[1] !== undefined) return splice(text, lineStart, end + after[0].length, '');
  return splice(text, start, end + (after?.[1] === undefined ? (after?.[0].length ?? 0) : 0), '');
}

/** Offset of the first token from `offset` on that is neither white space nor a comment. */
function nextToken(text: string, offset: number): number {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  scanner.scan();
  return scanner.getTokenOffset();
}

function endOf({ value }: Property): number {
  return value.offset + value.length;
}

function startsLine(text: string, { keyNode }: Property): boolean {
  return text.slice(lineStartOf(text, keyNode.offset), keyNode.offset).trim() === '';
}

function indentOfLine(text: string, offset: number): string {
  return /^\uFEFF?([^\S\r\n\uFEFF]*)/.exec(text.slice(lineStartOf(text, offset), offset))?.[1] ?? '';
}

function lineStartOf(text: string, offset: number): number {
  return Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
}

function indentUnit(text: string): string {
  return /[\r\n]([ \t]+)"/.exec(text)?.[1] ?? '  ';
}

function lineEnd(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function format(value: unknown, text: string, indent: string): string {
  return JSON.stringify(value, null, indentUnit(text)).replaceAll('\n', lineEnd(text) + indent);
}

function splice(text: string, start: number, end: number, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
