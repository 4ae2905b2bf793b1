import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Lists } from '../../protocol/catalog.ts';
import { isJsonObject, type JsonObject } from '../../protocol/json-rpc.ts';
import type { Era } from '../../protocol/revisions.ts';
import { readTextFile, stampOf } from '../../registry/read-text-file.ts';
import { writeFileAtomic } from '../../registry/write-file-atomic.ts';
import type { Offer } from '../../supervisor/server-access.ts';

/** What one server offered last, and what was found out about it. Plain JSON. */
interface Remembered {
  readonly version: 1;
  /** Of the entry it was true for: another command, arguments or environment is another server. */
  readonly launchHash: string;
  readonly offer: SavedOffer | null;
  /** Tool lists for clients that can be asked, where the server offers them others: by which they declared. */
  readonly byCapability: Readonly<Record<string, readonly JsonObject[]>>;
  readonly talksBack: boolean | null;
  /** Tool → hash of the definition that was accepted. */
  readonly accepted: Readonly<Record<string, string>>;
}

interface SavedOffer {
  readonly era: Era;
  readonly revision: string;
  readonly greeting: JsonObject;
  readonly lists: Lists;
  readonly hash: string;
  readonly takenAt: number;
}

const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Changes of a moment are written together. Milliseconds. */
const SAVE_AFTER_MS = 200;

/**
 * What servers offered when they were last awake, kept on disk, so that clients are answered before a server is awake.
 * One file for each server (mode 0600) in `catalog/` of the runtime directory.
 */
export class CatalogCache {
  readonly #directory: string;
  readonly #launchHash: (name: string) => string | null;
  readonly #known = new Map<string, Remembered>();
  readonly #deciding = new Map<string, Promise<void>>();
  readonly #unsaved = new Map<string, NodeJS.Timeout>();

  /** @param launchHash of the entry as it is now; null for one that is unknown */
  constructor(runtimeDir: string, launchHash: (name: string) => string | null) {
    this.#directory = join(runtimeDir, 'catalog');
    this.#launchHash = launchHash;
  }

  offer(name: string): Offer | null {
    return this.#get(name).offer;
  }

  /** Returns which lists differ from what was remembered. */
  remember(name: string, offer: Offer): readonly ListKind[] {
    const before = this.#get(name);
    if (before.offer?.takenAt === offer.takenAt) return [];
    const changed = before.offer === null ? [] : differing(before.offer, offer);
    const definitions = hashes(offer.lists.tools.items);
    const accepted = { ...definitions, ...before.accepted };
    const byCapability = changed.includes('tools') ? {} : before.byCapability;
    this.#set(name, { ...before, offer: { ...offer }, accepted, byCapability });
    return changed;
  }

  /** The tools offered to clients that declared these capabilities, where that was seen. */
  toolsFor(name: string, key: string): readonly JsonObject[] | null {
    return this.#get(name).byCapability[key] ?? null;
  }

  rememberToolsFor(name: string, key: string, tools: readonly JsonObject[]): void {
    const before = this.#get(name);
    if (JSON.stringify(before.byCapability[key]) === JSON.stringify(tools)) return;
    this.#set(name, { ...before, byCapability: { ...before.byCapability, [key]: tools } });
  }

  /** Null: not found out yet. */
  talksBack(name: string): boolean | null {
    return this.#get(name).talksBack;
  }

  setTalksBack(name: string, talksBack: boolean): void {
    const before = this.#get(name);
    if (before.talksBack !== talksBack) this.#set(name, { ...before, talksBack });
  }

  /** Finds out once, whoever asks. A server that could not be asked is taken for one that does not. */
  decideTalksBack(name: string, find: () => Promise<boolean>): Promise<void> {
    const deciding =
      this.#deciding.get(name) ??
      find()
        .then((talksBack) => this.setTalksBack(name, talksBack))
        .catch(() => undefined)
        .finally(() => this.#deciding.delete(name));
    this.#deciding.set(name, deciding);
    return deciding;
  }

  /** Tools whose definition is not the one that was accepted. */
  drifted(name: string, tools: readonly JsonObject[]): ReadonlySet<string> {
    const { accepted } = this.#get(name);
    const now = hashes(tools);
    return new Set(Object.keys(now).filter((tool) => accepted[tool] !== undefined && accepted[tool] !== now[tool]));
  }

  /** The accepted definitions: another object whenever they changed. */
  acceptedBy(name: string): object {
    return this.#get(name).accepted;
  }

  accept(name: string): void {
    const before = this.#get(name);
    if (before.offer) this.#set(name, { ...before, accepted: hashes(before.offer.lists.tools.items) });
  }

  /** Writes what is not yet written. */
  close(): void {
    for (const [name, timer] of this.#unsaved) {
      clearTimeout(timer);
      this.#save(name);
    }
    this.#unsaved.clear();
  }

  #get(name: string): Remembered {
    const launchHash = this.#launchHash(name) ?? '';
    const known = this.#known.get(name) ?? this.#load(name);
    // Definitions that were accepted stay accepted when the command changes: it is how they change that matters.
    const fresh = known.launchHash === launchHash ? known : { ...EMPTY, launchHash, accepted: known.accepted };
    this.#known.set(name, fresh);
    return fresh;
  }

  #set(name: string, remembered: Remembered): void {
    this.#known.set(name, remembered);
    if (this.#unsaved.has(name)) return;
    const timer = setTimeout(() => {
      this.#unsaved.delete(name);
      this.#save(name);
    }, SAVE_AFTER_MS);
    this.#unsaved.set(name, timer.unref());
  }

  #load(name: string): Remembered {
    const file = readTextFile(this.#path(name), MAX_FILE_BYTES);
    if (file.kind !== 'text') return EMPTY;
    try {
      const value: unknown = JSON.parse(file.text);
      return isJsonObject(value) && value.version === 1 ? { ...EMPTY, ...(value as Partial<Remembered>) } : EMPTY;
    } catch {
      return EMPTY;
    }
  }

  /** A cache that cannot be written is merely not there the next time. */
  #save(name: string): void {
    const remembered = this.#known.get(name);
    if (!remembered) return;
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      const path = this.#path(name);
      writeFileAtomic(path, JSON.stringify(remembered), stampOf(path));
    } catch {
      rmSync(this.#path(name), { force: true });
    }
  }

  #path(name: string): string {
    return join(this.#directory, `${name}.json`);
  }
}

const EMPTY: Remembered = {
  version: 1,
  launchHash: '',
  offer: null,
  byCapability: {},
  talksBack: null,
  accepted: {},
};

/** The lists of which a client can be told that they changed. */
type ListKind = 'tools' | 'prompts' | 'resources';

function differing(one: Offer, other: Offer): readonly ListKind[] {
  const [before, after] = [fingerprints(one), fingerprints(other)];
  return (['tools', 'prompts', 'resources'] as const).filter((kind) => before[kind] !== after[kind]);
}

function fingerprints({ hash, lists }: Offer): Readonly<Record<ListKind, string>> {
  const namesOf = ({ items }: Lists['tools']) => items.map(({ name, uri, uriTemplate }) => [name, uri, uriTemplate]);
  return {
    tools: hash,
    prompts: JSON.stringify(namesOf(lists.prompts)),
    resources: JSON.stringify([namesOf(lists.resources), namesOf(lists.resourceTemplates)]),
  };
}

/** Tool → hash of its definition. `_meta` does not count. */
function hashes(tools: readonly JsonObject[]): Record<string, string> {
  return Object.fromEntries(
    tools.map(({ _meta, ...definition }) => [
      String(definition.name),
      createHash('sha256')
        .update(JSON.stringify(sorted(definition)))
        .digest('hex')
        .slice(0, 16),
    ]),
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  return Object.keys(value)
    .sort()
    .map((key) => [key, sorted(value[key])]);
}
