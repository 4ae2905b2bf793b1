import { withoutConflicts } from './entry-conflicts.ts';
import { type JsonDocument, type Property, parseDocument, placeAt, positionAt, properties } from './json-document.ts';
import type { Problem } from './problem.ts';
import { type EntryState, readEntry } from './read-entry.ts';
import { type FileStamp, readTextFile } from './read-text-file.ts';

export type { EntryState } from './read-entry.ts';

/** The largest registry that is read, in bytes (R26). */
export const REGISTRY_LIMIT = 1024 * 1024;

export interface RegistryState {
  readonly path: string;
  /** `broken`: the file as a whole could not be used and `problems` says why; then there are no entries. */
  readonly status: 'good' | 'missing' | 'broken';
  /** In file order; each name once. */
  readonly entries: readonly EntryState[];
  /** Problems of the file as a whole; those of single entries stand with them. */
  readonly problems: readonly Problem[];
}

/** Reads the registry. Never throws, never hangs; a missing file is `missing` without a problem. */
export function readRegistryFile(path: string): RegistryState {
  return readRegistryWithStamp(path).state;
}

/** The same, with what tells whether the file changed since; null when it could not be read. */
export function readRegistryWithStamp(path: string): {
  readonly state: RegistryState;
  readonly stamp: FileStamp | null;
} {
  const file = readTextFile(path, REGISTRY_LIMIT);
  switch (file.kind) {
    case 'text':
      return { state: parseRegistry(file.text, path), stamp: file.stamp };
    case 'missing':
      return { state: { path, status: 'missing', entries: [], problems: [] }, stamp: null };
    case 'problem':
      return { state: broken(path, file.problem), stamp: null };
  }
}

/**
 * Understands the text of a registry. One bad entry never hides the others; a text that is no JSON has no entries.
 *
 * @param path names the file in messages; nothing is read
 */
export function parseRegistry(text: string, path: string): RegistryState {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (text.replace(/^\uFEFF/, '').trim() === '') {
    return broken(path, { what: `${path} is empty`, next: 'write {} into it, or remove it: mcp list then writes one' });
  }
  if (fault !== undefined || document.root === undefined) {
    return broken(path, {
      what: `${placeAt(document, fault?.offset ?? 0, path)} is not valid JSON`,
      why: fault?.message ?? 'a value is expected here',
      next: 'mend that line',
    });
  }
  if (document.root.type !== 'object') {
    return broken(path, {
      what: `${path} must hold an object`,
      why: `it holds ${document.root.type === 'array' ? 'a list' : `a ${document.root.type}`}`,
      next: 'write { "server-name": { … } }',
    });
  }
  const servers = properties(document.root).filter(({ key, value }) => key !== '$schema' || value.type !== 'string');
  return { path, status: 'good', entries: withoutConflicts(readEntries(document, servers, path), path), problems: [] };
}

function broken(path: string, problem: Problem): RegistryState {
  return { path, status: 'broken', entries: [], problems: [problem] };
}

/** Each name once: an entry that stands there twice is refused, as nobody can tell which one was meant. */
function readEntries(document: JsonDocument, servers: readonly Property[], path: string): EntryState[] {
  return [...Map.groupBy(servers, ({ key }) => key).values()].flatMap(([first, ...repeats]) => {
    if (first === undefined) return [];
    const state = readEntry(document, first, path);
    if (repeats.length === 0) return [state];
    const lines = [first, ...repeats].map(({ keyNode }) => positionAt(document, keyNode.offset).line);
    const repeated: Problem = {
      what: `${state.name} is defined ${lines.length === 2 ? 'twice' : `${lines.length} times`}`,
      why: `${path}, lines ${lines.join(' and ')}`,
      next: 'rename or remove all but one of them',
    };
    return [{ ...state, entry: null, problems: [repeated, ...state.problems] }];
  });
}
