import { isJsonObject, type JsonObject } from './json-rpc.ts';
import { PeerError } from './peer-error.ts';
import type { RequestOptions } from './rpc-session.ts';

/** All pages of one list, as far as the bounds allow. */
export interface Listing {
  /** The definitions as the server sent them, each with a string `name`. */
  readonly items: readonly (JsonObject & { readonly name: string })[];
  /** false when a bound or a repeated cursor ended it early. */
  readonly complete: boolean;
}

export const EMPTY_LISTING: Listing = { items: [], complete: true };

const MAX_PAGES = 64;
const MAX_ITEMS = 10_000;
const MAX_BYTES = 32 * 1024 * 1024;
const LIST_TIMEOUT_MS = 60_000;

export interface ListSource {
  request(method: string, params: JsonObject, options: RequestOptions): Promise<JsonObject>;
  /** Grows with every message received. */
  readonly receivedBytes: number;
}

/**
 * Follows the cursors of `method` (`tools/list` …), whose pages hold their items under `key`. At most 64 pages,
 * 10,000 items and 32 MiB; a cursor seen before ends it. `timeoutMs` is for all pages together.
 */
export async function listAll(
  source: ListSource,
  method: string,
  key: string,
  { timeoutMs = LIST_TIMEOUT_MS, signal }: RequestOptions = {},
): Promise<Listing> {
  const deadline = performance.now() + timeoutMs;
  const budget = source.receivedBytes + MAX_BYTES;
  const seen = new Set<string>();
  const items: (JsonObject & { readonly name: string })[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES && source.receivedBytes < budget; page += 1) {
    const left = Math.max(1, Math.ceil(deadline - performance.now()));
    const params: JsonObject = cursor === null ? {} : { cursor };
    const result = await source.request(method, params, {
      timeoutMs: left,
      ...(signal === undefined ? {} : { signal }),
    });
    const entries = result[key];
    if (!Array.isArray(entries)) throw new PeerError('protocol', { what: `${method} answered without "${key}"` });
    for (const entry of entries) if (isNamed(entry)) items.push(entry);
    if (items.length > MAX_ITEMS) return { items: items.slice(0, MAX_ITEMS), complete: false };
    const next = result.nextCursor;
    if (typeof next !== 'string') return { items, complete: true };
    if (seen.has(next)) return { items, complete: false };
    seen.add(next);
    cursor = next;
  }
  return { items, complete: false };
}

function isNamed(value: unknown): value is JsonObject & { readonly name: string } {
  return isJsonObject(value) && typeof value.name === 'string';
}
