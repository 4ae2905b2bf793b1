import { exposedNames } from './exposed-names.ts';

/** What a shown name stands for. */
export interface Owner {
  readonly server: string;
  /** As the server calls it. */
  readonly name: string;
}

/**
 * Which shown name stands for what. It learns from every list, also from those of other clients, so that a name that was
 * shown once leads to its tool also when the server has another list for somebody else.
 */
export class NameTable {
  readonly #prefixOf: (server: string) => string | null;
  readonly #learnt = new Map<string, { by: unknown; readonly names: Map<string, string> }>();

  /** @param prefixOf null: names are shown as they are */
  constructor(prefixOf: (server: string) => string | null) {
    this.#prefixOf = prefixOf;
  }

  /** The names of one list of a server, as they are shown. */
  learn(server: string, names: readonly string[]): ReadonlyMap<string, string> {
    const prefix = this.#prefixOf(server);
    const exposed = prefix === null ? new Map(names.map((name) => [name, name])) : exposedNames(prefix, names);
    const known = this.#of(server).names;
    for (const [name, shown] of exposed) known.set(shown, name);
    return exposed;
  }

  /** The same for what a server is known to offer, once for each `by`. */
  learnOnce(server: string, by: object, names: () => readonly string[]): void {
    const known = this.#of(server);
    if (known.by === by) return;
    known.by = by;
    this.learn(server, names());
  }

  /** Whose it is: nobody's, somebody's, or (where names are shown as they are) that of several. */
  owners(shown: string, servers: readonly string[]): readonly Owner[] {
    return servers.flatMap((server) => {
      const name = this.#learnt.get(server)?.names.get(shown);
      return name === undefined ? [] : [{ server, name }];
    });
  }

  shownAs({ server, name }: Owner): string | undefined {
    return [...(this.#learnt.get(server)?.names ?? [])].find(([, known]) => known === name)?.[0];
  }

  /** Whether a name could be that of a tool of this server, of which nothing is known yet. */
  mayOwn(shown: string, server: string): boolean {
    const prefix = this.#prefixOf(server);
    return prefix === null || shown.startsWith(`${prefix}__`);
  }

  forget(): void {
    this.#learnt.clear();
  }

  #of(server: string): { by: unknown; readonly names: Map<string, string> } {
    const known = this.#learnt.get(server) ?? { by: null, names: new Map<string, string>() };
    this.#learnt.set(server, known);
    return known;
  }
}
