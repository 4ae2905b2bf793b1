/**
 * The embedded memory server: a small MCP server that remembers texts for any client, in one SQLite file.
 *
 * From the inside out: this file says what a memory is, and `query.ts` turns anything a user types into a full-text
 * query. `database.ts` owns the file, with its `tables.ts`, and `quarantine.ts` for the day it is corrupt. `store.ts` is
 * what can be done with memories; `tools.ts` offers that as MCP tools whose arguments stand in `schemas.ts`.
 * `mcp-endpoint.ts` and `sessions.ts` speak Streamable HTTP, `http-server.ts` lets only those in whom `access.ts`
 * allows. `portable.ts` is export and import, `run.ts` the program.
 */
export interface Memory {
  /** Unique and stable, also across export and import. */
  readonly id: string;
  /** Exactly as saved, at most {@link MAX_TEXT_BYTES} bytes of UTF-8. */
  readonly text: string;
  /** As {@link normalizeTags} leaves them. */
  readonly tags: readonly string[];
  /** When it was saved: ISO 8601 in UTC with milliseconds. */
  readonly createdAt: string;
}

export const MAX_TEXT_BYTES = 65_536;
export const MAX_TAGS = 32;
export const MAX_TAG_LENGTH = 64;
export const MAX_ID_LENGTH = 128;

/** Tags as they are stored and compared: trimmed, in lower case, each once, in the order given, none empty. */
export function normalizeTags(tags: readonly string[]): string[] {
  return [...new Set(tags.map(normalizeTag))].filter((tag) => tag !== '');
}

export function normalizeTag(tag: string): string {
  return tag.toWellFormed().normalize('NFC').trim().toLowerCase();
}

/** Bytes of UTF-8 that a text takes. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
