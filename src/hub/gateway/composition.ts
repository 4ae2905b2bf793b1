import { isJsonObject, type JsonObject } from '../../protocol/json-rpc.ts';
import { ProblemError } from '../../registry/problem.ts';
import type { Client } from '../call.ts';
import { type Address, addressed, ownersOf } from './addresses.ts';
import { prefixesOf } from './exposed-names.ts';
import { type Kind, PROMPTS, RESOURCES, TEMPLATES, TOOLS } from './kinds.ts';
import type { Listed, MemberLists } from './member-lists.ts';
import type { Members } from './members.ts';
import { NameTable, type Owner } from './name-table.ts';

type Part = { readonly server: string } & Listed;

/** The lists of several servers as one, and the way back from what it shows to whose it is. */
export class Composition {
  readonly #members: Members;
  readonly #lists: MemberLists;
  /** Also where names are plain: it is how settings name tools. */
  readonly #prefixed = { tools: this.#table(true), prompts: this.#table(true) };
  readonly #tables: { readonly tools: NameTable; readonly prompts: NameTable };
  readonly #disabled: ReadonlySet<string>;
  /** `server key` → URIs of the last list. */
  readonly #uris = new Map<string, readonly string[]>();
  #prefixes: ReadonlyMap<string, string> = new Map();

  constructor(members: Members, lists: MemberLists) {
    this.#members = members;
    this.#lists = lists;
    const isPlain = members.face.names === 'plain';
    this.#tables = isPlain ? { tools: this.#table(false), prompts: this.#table(false) } : this.#prefixed;
    this.#disabled = new Set(members.face.disabledTools);
    this.registryChanged();
  }

  /** Returns whether servers are called otherwise now. */
  registryChanged(): boolean {
    const prefixes = prefixesOf(this.#members.everybody());
    if (JSON.stringify([...prefixes]) === JSON.stringify([...this.#prefixes])) return false;
    this.#prefixes = prefixes;
    for (const table of [...Object.values(this.#prefixed), ...Object.values(this.#tables)]) table.forget();
    return true;
  }

  /** What the names of a server begin with; null where they are plain. */
  prefixOf(server: string): string | null {
    return this.#members.face.names === 'plain' ? null : (this.#prefixes.get(server) ?? server);
  }

  /** @throws ProblemError where two servers have the same name for something, and names are plain */
  async list(client: Client, kind: Kind): Promise<Listed> {
    const parts = await this.#collect(client, kind);
    const items = kind === TOOLS || kind === PROMPTS ? this.#named(parts, kind) : this.#addressed(parts, kind);
    const ttlMs = Math.min(...parts.map((part) => part.ttlMs));
    return { items, ttlMs: Number.isFinite(ttlMs) ? ttlMs : 0, isPublic: parts.every(({ isPublic }) => isPublic) };
  }

  /**
   * Whose tool or prompt it is. Null: nobody's.
   *
   * @throws ProblemError where it is several servers', is switched off here, or belongs to a server that is stopped
   */
  async ownerOf(client: Client, kind: typeof TOOLS | typeof PROMPTS, shown: string): Promise<Owner | null> {
    const servers = this.#members.names();
    const table = this.#tables[keyOf(kind)];
    const known = this.ownersKnown(kind, shown);
    if (known.length === 0) {
      const possible = servers.filter((server) => table.mayOwn(shown, server));
      await Promise.all(
        possible.map(async (server) => {
          const listed = await this.#lists.ask(client, server, kind);
          if (listed) this.#learn(server, kind, namesIn(listed.items));
        }),
      );
    }
    const [owner, other] = known.length > 0 ? known : table.owners(shown, servers);
    if (owner && other) throw collision(kind, shown, owner.server, other.server, this.#members.face.profile);
    if (owner) return this.#allowed(kind, owner, shown);
    const stopped = this.#members.all().find((name) => !this.#members.isShown(name) && table.mayOwn(shown, name));
    if (stopped !== undefined && this.prefixOf(stopped) !== null) {
      throw new ProblemError({ what: `${stopped} is stopped`, next: `mcp ${stopped} start` });
    }
    return null;
  }

  /** Whose tool or prompt it is by what is known already. */
  ownersKnown(kind: typeof TOOLS | typeof PROMPTS, shown: string): readonly Owner[] {
    const servers = this.#members.names();
    for (const server of servers) {
      const lists = this.#members.offer(server)?.lists;
      if (!lists) continue;
      const names = () => namesIn(lists[kind.key].items);
      this.#tables[keyOf(kind)].learnOnce(server, lists, names);
      this.#prefixed[keyOf(kind)].learnOnce(server, lists, names);
    }
    return this.#tables[keyOf(kind)].owners(shown, servers);
  }

  /** Who may have a resource, the likeliest first. */
  addressesOf(uri: string): readonly Address[] {
    return ownersOf(
      uri,
      this.#members.names().map((server) => ({
        server,
        uris: this.#urisOf(server, RESOURCES),
        templates: this.#urisOf(server, TEMPLATES),
        hasResources: this.#members.declares(server, 'resources') ?? true,
      })),
    );
  }

  async #collect(client: Client, kind: Kind): Promise<readonly Part[]> {
    const parts = await Promise.all(
      this.#members.names().map(async (server) => {
        const listed = await this.#lists.list(client, server, kind);
        return listed ? [{ server, ...listed }] : [];
      }),
    );
    return parts.flat();
  }

  #named(parts: readonly Part[], kind: typeof TOOLS | typeof PROMPTS): readonly JsonObject[] {
    const owners = new Map<string, string>();
    return parts.flatMap(({ server, items }) => {
      const { shown, prefixed } = this.#learn(server, kind, namesIn(items));
      return items.flatMap((item) => {
        const name = shown.get(String(item.name));
        if (name === undefined || this.#isOff(kind, prefixed.get(String(item.name)))) return [];
        const owner = owners.get(name);
        if (owner === server) return [];
        if (owner !== undefined) throw collision(kind, name, owner, server, this.#members.face.profile);
        owners.set(name, server);
        return [{ ...item, name }];
      });
    });
  }

  #addressed(parts: readonly Part[], kind: Kind): readonly JsonObject[] {
    const field = fieldOf(kind);
    const taken = new Set<string>();
    return parts.flatMap(({ server, items }) => {
      const uris = items.flatMap((item) => (typeof item[field] === 'string' ? [item[field]] : []));
      this.#uris.set(`${server} ${kind.key}`, uris);
      const isTaken = new Set(uris.filter((uri) => taken.has(uri)));
      for (const uri of uris) taken.add(uri);
      return items.map((item) => {
        const uri = item[field];
        return typeof uri === 'string' && isTaken.has(uri) ? { ...item, [field]: addressed({ server, uri }) } : item;
      });
    });
  }

  #learn(server: string, kind: typeof TOOLS | typeof PROMPTS, names: readonly string[]) {
    const prefixed = this.#prefixed[keyOf(kind)].learn(server, names);
    return {
      prefixed,
      shown: this.prefixOf(server) === null ? this.#tables[keyOf(kind)].learn(server, names) : prefixed,
    };
  }

  #allowed(kind: Kind, owner: Owner, shown: string): Owner {
    const prefixed = this.#prefixed[keyOf(kind)].shownAs(owner);
    if (!this.#isOff(kind, prefixed)) return owner;
    const place = `"profiles": {"${this.#members.face.profile}": {"tools": {"disabled": …}}}`;
    throw new ProblemError({ what: `the tool ${shown} is switched off in this profile`, why: place });
  }

  #isOff(kind: Kind, prefixed: string | undefined): boolean {
    return kind === TOOLS && prefixed !== undefined && this.#disabled.has(prefixed);
  }

  #urisOf(server: string, kind: Kind): readonly string[] {
    const listed = this.#uris.get(`${server} ${kind.key}`);
    if (listed) return listed;
    const items: readonly JsonObject[] = this.#members.offer(server)?.lists[kind.key].items ?? [];
    return items.map((item) => String(item[fieldOf(kind)]));
  }

  #table(isPrefixed: boolean): NameTable {
    return new NameTable((server) => (isPrefixed ? (this.#prefixes.get(server) ?? server) : null));
  }
}

function keyOf({ key }: Kind): 'tools' | 'prompts' {
  return key === 'prompts' ? 'prompts' : 'tools';
}

function fieldOf({ key }: Kind): 'uri' | 'uriTemplate' {
  return key === 'resources' ? 'uri' : 'uriTemplate';
}

function namesIn(items: readonly JsonObject[]): readonly string[] {
  return items.flatMap((item) => (isJsonObject(item) && typeof item.name === 'string' ? [item.name] : []));
}

function collision({ key }: Kind, name: string, one: string, other: string, profile: string | null): ProblemError {
  const what = key === 'prompts' ? 'prompt' : 'tool';
  return new ProblemError({
    what: `${one} and ${other} both have a ${what} ${name}`,
    why: `the profile ${profile} shows names as they are`,
    next: `switch one off ("tools": {"disabled": ["${other}__${name}"]}) or drop "names": "plain"`,
  });
}
