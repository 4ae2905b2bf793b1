import { isDeepStrictEqual } from 'node:util';
import { nodeValue, parseDocument, valueAt } from '../registry/json-document.ts';
import { removeKey, setKey } from '../registry/json-edit.ts';

/** What a change leaves alone: the text must be valid JSON, or empty. */
const EMPTY = '{\n}\n';

/** The text with this server at `path`; objects on the way that are not there are made. All else keeps its form. */
export function setServer(text: string, path: readonly string[], name: string, entry: unknown): string {
  const present = text.replace(/^\uFEFF/, '').trim() === '' ? EMPTY : text;
  const there = path.findIndex((_, index) => !isObject(at(present, path.slice(0, index + 1))));
  if (there === -1) return setKey(present, path, name, entry);
  const inner = path.slice(there + 1).reduceRight<unknown>((value, key) => ({ [key]: value }), { [name]: entry });
  return setKey(present, path.slice(0, there), path[there] ?? '', inner);
}

/** The text without that server; unchanged when it is not there. */
export function removeServer(text: string, path: readonly string[], name: string): string {
  return isObject(at(text, path)) ? removeKey(text, path, name) : text;
}

/** What stands there under this name; undefined when nothing does. */
export function serverIn(text: string, path: readonly string[], name: string): unknown {
  return valueAt(at(text, path), [name]);
}

/** Whether the server stands there exactly so; null means not at all. */
export function standsAs(text: string, path: readonly string[], name: string, entry: unknown): boolean {
  const present = serverIn(text, path, name);
  return entry === null ? present === undefined : isDeepStrictEqual(present, entry);
}

function at(text: string, path: readonly string[]): unknown {
  const { root } = parseDocument(text);
  return root === undefined ? undefined : valueAt(nodeValue(root), path);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
