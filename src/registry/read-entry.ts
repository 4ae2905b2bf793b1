import { type ServerEntry, serverEntrySchema } from './entry.ts';
import { repeatedKeys } from './entry-conflicts.ts';
import { issueText } from './entry-issues.ts';
import { checkEntry, type Remark } from './entry-rules.ts';
import {
  type JsonDocument,
  nearestNode,
  nodeValue,
  type Property,
  placeAt,
  positionAt,
  valueAt,
} from './json-document.ts';
import type { Problem } from './problem.ts';
import { serverNameProblem } from './server-name.ts';
import { unknownKeys } from './unknown-keys.ts';

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

/** Checks one entry by itself. @param path names the file in messages */
export function readEntry(
  document: JsonDocument,
  { key: name, keyNode, value: node }: Property,
  path: string,
): EntryState {
  const raw = nodeValue(node);
  const located = ({ path: field, atKey, what, why, next }: Remark): Problem => {
    const target = field.length === 0 ? keyNode : nearestNode(node, field);
    const place = placeAt(document, (atKey ? (target.parent ?? target) : target).offset, path);
    return { what: `${name}: ${what}`, why: why === undefined ? place : `${why}, ${place}`, ...(next && { next }) };
  };
  const { entry, problems, warnings } = checkFields(raw);
  const unknown = unknownKeys(raw).map(({ path: key, suggestion }) => ({
    path: key,
    atKey: true as const,
    what: `unknown key "${key.join('.')}"`,
    ...(suggestion !== null && { next: `did you mean "${suggestion}"?` }),
  }));
  // A misspelt key of an entry that cannot run is most likely the very reason.
  const reasons = problems.length === 0 ? [] : unknown.filter(({ next }) => next !== undefined);
  const repeated = repeatedKeys(node).map((key) => ({
    path: key,
    atKey: true as const,
    what: `the key "${key.join('.')}" stands there twice`,
    next: 'the last one counts; remove the others',
  }));
  const nameFault = serverNameProblem(name);
  const place = placeAt(document, keyNode.offset, path);
  const faults = [
    ...(nameFault === null ? [] : [{ ...nameFault, why: `${nameFault.why}, ${place}` }]),
    ...[...problems, ...reasons].map(located),
  ];
  return {
    name,
    raw,
    entry: faults.length === 0 ? entry : null,
    problems: isClientConfiguration(name, raw) ? [clientConfiguration(name, place, path)] : faults,
    warnings: [...warnings, ...unknown.filter((remark) => !reasons.includes(remark)), ...repeated].map(located),
    ...positionAt(document, keyNode.offset),
  };
}

function checkFields(raw: unknown) {
  const parsed = serverEntrySchema.safeParse(raw);
  if (parsed.success) return { entry: parsed.data, ...checkEntry(parsed.data) };
  const problems = parsed.error.issues.map((issue): Remark => {
    const path = issue.path.map(String);
    return { path, ...issueText(issue, valueAt(raw, path)) };
  });
  return { entry: null, problems, warnings: [] };
}

/** Other programs keep their servers one level deeper; a file of theirs is easily pasted here as it is. */
function isClientConfiguration(name: string, raw: unknown): boolean {
  if (name !== 'mcpServers' && name !== 'servers') return false;
  if (typeof raw !== 'object' || raw === null || 'command' in raw || 'url' in raw) return false;
  return Object.values(raw).every((value) => typeof value === 'object' && value !== null);
}

function clientConfiguration(name: string, place: string, path: string): Problem {
  return {
    what: `"${name}" is no server but holds servers, as in the configuration of another program`,
    why: place,
    next: `save that configuration elsewhere and run mcp import FILE, or move its servers one level up in ${path}`,
  };
}
