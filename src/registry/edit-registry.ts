import { parseDocument, properties } from './json-document.ts';
import { removeKey, setKey } from './json-edit.ts';
import type { Problem, Result } from './problem.ts';
import { serverNameProblem, unknownServerProblem } from './server-name.ts';

/** The text of a registry with one server more. A file that does not exist yet is the empty text. */
export function addEntry(text: string, name: string, entry: unknown): Result<string> {
  const fault = serverNameProblem(name);
  if (fault !== null) return { ok: false, problem: fault };
  const names = serverNames(text);
  if (!names.ok) return names;
  const namesake = names.value.find((other) => other.toLowerCase() === name.toLowerCase());
  if (namesake !== undefined) {
    return {
      ok: false,
      problem: { what: `there is a server ${namesake} already`, next: `choose another name, or mcp ${namesake} edit` },
    };
  }
  return { ok: true, value: setKey(text.trim() === '' ? '{\n}\n' : text, [], name, entry) };
}

/** The text without that server; whatever stands beside the entry, comments included, stays. */
export function removeEntry(text: string, name: string): Result<string> {
  return changeEntry(text, name, () => removeKey(text, [], name));
}

/** The text with another entry for that server. Keys that stay the same keep their form and their comments. */
export function replaceEntry(text: string, name: string, entry: unknown): Result<string> {
  return changeEntry(text, name, () => setKey(text, [], name, entry));
}

function changeEntry(text: string, name: string, change: () => string): Result<string> {
  const names = serverNames(text);
  if (!names.ok) return names;
  if (!names.value.includes(name)) return { ok: false, problem: unknownServerProblem(name, names.value) };
  return { ok: true, value: change() };
}

function serverNames(text: string): Result<string[]> {
  if (text.trim() === '') return { ok: true, value: [] };
  const { root, errors } = parseDocument(text);
  if (errors.length > 0 || root?.type !== 'object') return { ok: false, problem: NOT_EDITABLE };
  return { ok: true, value: properties(root).map(({ key }) => key) };
}

const NOT_EDITABLE: Problem = { what: 'the registry is broken and was left as it is', next: 'mend it by hand first' };
