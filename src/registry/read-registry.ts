import { type ServerEntry, serverEntrySchema } from './entry.ts';
import { repeatedKeys, withoutConflicts } from './entry-conflicts.ts';
import { issueText } from './entry-issues.ts';
import { checkEntry, type Remark } from './entry-rules.ts';
import {
  type JsonDocument,
  nearestNode,
  nodeValue,
  type Property,
  parseDocument,
  positionAt,
  properties,
} from './json-document.ts';
import type { Problem } from './problem.ts';
import { type FileStamp, readTextFile } from './read-text-file.ts';
import { serverNameProblem } from './server-name.ts';
import { unknownKeys } from './unknown-keys.ts';

/** The largest registry that is read, in bytes (R26). */
export const REGISTRY_LIMIT = 1024 * 1024;

/** One server of the file, whether it can be used or not. */
export interface EntryState {
  readonly name: string;
  /** The entry exactly as written. May hold secrets: mask before showing. */
  readonly raw: unknown;
  /** The checked entry; null when `problems` say why it cannot be used. */
  readonly entry: ServerEntry | null;
  readonly problems: readonly Problem[];
  /** What is odd without keeping the server from running: unknown keys, unequal port pairs … */
  readonly warnings: readonly Problem[];
  /** Where its key stands, counted from 1. */
  readonly line: number;
  readonly column: number;
}

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
    const { line, column } = positionAt(text, fault?.offset ?? 0);
    return broken(path, {
      what: `${path}:${line}:${column} is not valid JSON`,
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

function readEntries(document: JsonDocument, servers: readonly Property[], path: string): EntryState[] {
  const byName = new Map<string, Property[]>();
  for (const server of servers) byName.set(server.key, [...(byName.get(server.key) ?? []), server]);
  return [...byName].map(([name, [first, ...repeats]]) => {
    // Map values are made with one element at least.
    if (first === undefined) throw new TypeError('unreachable');
    const state = readEntry(document, first, path);
    if (repeats.length === 0) return state;
    const places = [first, ...repeats].map(({ keyNode }) => positionAt(document.text, keyNode.offset).line);
    const twice: Problem = {
      what: `${name} is defined ${places.length === 2 ? 'twice' : `${places.length} times`}`,
      why: `${path}, lines ${places.join(', ')}`,
      next: 'rename or remove all but one of them',
    };
    return { ...state, entry: null, problems: [twice, ...state.problems] };
  });
}

function readEntry({ text }: JsonDocument, { key: name, keyNode, value: node }: Property, path: string): EntryState {
  const raw = nodeValue(node);
  const place = (fieldPath: readonly PropertyKey[]) => {
    const target = fieldPath.length === 0 ? keyNode : nearestNode(node, fieldPath);
    const { line, column } = positionAt(text, target.offset);
    return `${path}:${line}:${column}`;
  };
  const located = ({ path: fieldPath, what, why, next }: Remark): Problem => ({
    what: `${name}: ${what}`,
    why: why === undefined ? place(fieldPath) : `${why}, ${place(fieldPath)}`,
    ...(next === undefined ? {} : { next }),
  });

  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const nameFault = serverNameProblem(name);
  if (nameFault !== null) {
    problems.push({ ...nameFault, why: [nameFault.why, place([])].filter(Boolean).join(', ') });
  }
  const parsed = serverEntrySchema.safeParse(raw);
  if (parsed.success) {
    const remarks = checkEntry(parsed.data);
    problems.push(...remarks.problems.map(located));
    warnings.push(...remarks.warnings.map(located));
  } else {
    for (const issue of parsed.error.issues) {
      const words = issueText(issue, valueAt(raw, issue.path));
      problems.push(located({ path: issue.path.map(String), ...words }));
    }
  }
  for (const { path: keyPath, suggestion } of unknownKeys(raw)) {
    const what = `unknown key "${keyPath.join('.')}"`;
    // A misspelt key of an entry that cannot run is most likely the very reason.
    const remark =
      suggestion === null ? { path: keyPath, what } : { path: keyPath, what, next: `did you mean "${suggestion}"?` };
    (problems.length > 0 && suggestion !== null ? problems : warnings).push(located(remark));
  }
  for (const repeated of repeatedKeys(node)) {
    warnings.push(
      located({
        path: repeated,
        what: `the key "${repeated.join('.')}" stands there twice`,
        next: 'the last one counts; remove the others',
      }),
    );
  }
  const { line, column } = positionAt(text, keyNode.offset);
  return {
    name,
    raw,
    entry: problems.length === 0 && parsed.success ? parsed.data : null,
    problems,
    warnings,
    line,
    column,
  };
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = Reflect.get(value, segment);
  }
  return value;
}
