import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, METHOD_NOT_FOUND } from './json-rpc.ts';
import type { Listing } from './listing.ts';
import type { Peer } from './peer.ts';
import { asPeerError } from './peer-error.ts';

/** What a server offers, small enough to keep in memory for every server. */
interface CatalogView {
  readonly serverName: string | null;
  readonly serverVersion: string | null;
  readonly instructions: string | null;
  readonly tools: readonly { readonly name: string; readonly description: string | null }[];
  readonly prompts: readonly string[];
  readonly resources: readonly string[];
  /** Milliseconds since the epoch. */
  readonly takenAt: number;
}

export interface Catalog extends CatalogView {
  /** SHA-256 over the tool definitions, whatever order they and their keys came in; `_meta` does not count. */
  readonly hash: string;
  /** Lists that failed or were cut short. */
  readonly incomplete: readonly ('tools' | 'prompts' | 'resources')[];
}

/** Claude Code reads no more of a description or of instructions. Characters. */
const MAX_TEXT = 16_384;
const MAX_NAME = 1024;

/** All definitions of a server, whole and as they came. */
export interface Lists {
  readonly tools: Listing;
  readonly prompts: Listing;
  readonly resources: Listing;
  readonly resourceTemplates: Listing;
}

/**
 * Asks a server for all it offers. Rejects with a {@link PeerError} when its tools cannot be listed; what else cannot
 * is empty and not complete. `timeoutMs` is for each list.
 */
export async function takeLists(peer: Peer, options: { readonly timeoutMs?: number } = {}): Promise<Lists> {
  return {
    tools: await listTools(peer, options),
    prompts: await orNothing(peer.listPrompts(options)),
    resources: await orNothing(peer.listResources(options)),
    resourceTemplates: await orNothing(peer.listResourceTemplates(options)),
  };
}

/** {@link takeLists} in short. */
export async function takeCatalog(peer: Peer, options: { readonly timeoutMs?: number } = {}): Promise<Catalog> {
  return catalogOf(peer, await takeLists(peer, options));
}

export function catalogOf(peer: Pick<Peer, 'serverInfo' | 'instructions'>, lists: Lists): Catalog {
  const { tools, prompts, resources } = lists;
  return {
    serverName: cut(peer.serverInfo.name, MAX_NAME),
    serverVersion: cut(peer.serverInfo.version, MAX_NAME),
    instructions: cut(peer.instructions, MAX_TEXT),
    tools: tools.items.map(({ name, description }) => ({ name, description: cut(description, MAX_TEXT) })),
    prompts: prompts.items.map(({ name }) => name),
    resources: resources.items.map(({ name }) => name),
    takenAt: Date.now(),
    hash: toolsHash(tools.items),
    incomplete: (['tools', 'prompts', 'resources'] as const).filter((kind) => !lists[kind].complete),
  };
}

/** The hash of {@link Catalog}. */
export function toolsHash(tools: readonly (JsonObject & { readonly name: string })[]): string {
  const definitions = tools.map(({ _meta, ...definition }) => canonical(definition, 0)).sort();
  const hash = createHash('sha256');
  for (const definition of definitions) hash.update(definition).update('\n');
  return hash.digest('hex');
}

/** A server without tools may answer that it knows no such method; that is an empty list. */
async function listTools(peer: Peer, options: { readonly timeoutMs?: number }): Promise<Listing> {
  try {
    return await peer.listTools(options);
  } catch (error) {
    const undeclared = peer.capabilities.tools === undefined;
    if (undeclared && asPeerError(error).rpc?.code === METHOD_NOT_FOUND) return { items: [], complete: true };
    throw error;
  }
}

async function orNothing(listing: Promise<Listing>): Promise<Listing> {
  try {
    return await listing;
  } catch {
    return { items: [], complete: false };
  }
}

function cut(value: unknown, length: number): string | null {
  return typeof value === 'string' ? value.slice(0, length) : null;
}

/** Deeper than any schema that means something; a hostile one must not overflow the stack. */
const MAX_DEPTH = 200;

function canonical(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) return '"…"';
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key], depth + 1)}`);
  return `{${members.join(',')}}`;
}
