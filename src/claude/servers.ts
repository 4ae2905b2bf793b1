import type { Node } from 'jsonc-parser';
import { nodeValue, parseDocument, positionAt, properties } from '../registry/json-document.ts';
import type { Result } from '../registry/problem.ts';
import { readTextFile } from '../registry/read-text-file.ts';
import type { Place } from './claude-code.ts';
import { jsonFault } from './json-fault.ts';

/** The largest file of Claude Code that is read, in bytes: it keeps histories in there, too. */
export const CLAUDE_FILE_LIMIT = 32 * 1024 * 1024;

/** One entry of Claude Code's configuration. */
export interface ClaudeServer {
  readonly name: string;
  /** As written; may hold secrets. */
  readonly raw: unknown;
  readonly place: Place;
  /** Line of its key, counted from 1. */
  readonly line: number;
}

/** The servers at one place; none when the file or the object is not there. */
export function readServers(place: Place): Result<ClaudeServer[]> {
  const file = readTextFile(place.file, CLAUDE_FILE_LIMIT);
  if (file.kind === 'missing') return { ok: true, value: [] };
  return file.kind === 'problem' ? { ok: false, problem: file.problem } : parseServers(file.text, place);
}

/** The same from a text. */
function parseServers(text: string, place: Place): Result<ClaudeServer[]> {
  const fault = jsonFault(text, place.file);
  if (fault !== null) return { ok: false, problem: fault };
  const document = parseDocument(text);
  const servers = document.root && objectAt(document.root, place.path);
  return {
    ok: true,
    value: (servers === undefined ? [] : properties(servers)).map(({ key, keyNode, value }) => ({
      name: key,
      raw: nodeValue(value),
      place,
      line: positionAt(document, keyNode.offset).line,
    })),
  };
}

function objectAt(root: Node, path: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const segment of path) {
    node = node && properties(node).findLast(({ key }) => key === segment)?.value;
  }
  return node?.type === 'object' ? node : undefined;
}
