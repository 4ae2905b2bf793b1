/** One server as another program's configuration has it, in the words of the registry. */
export interface ImportedServer {
  /** What it is called there. */
  readonly name: string;
  /** A registry entry; may hold secrets until `move-secrets.ts` has seen it. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** What could not be taken over as it is, one sentence each, free of secrets. */
  readonly notes: readonly string[];
}

/** One that cannot be imported at all. */
export interface Refused {
  readonly name: string;
  readonly why: string;
}

export interface Imported {
  readonly servers: readonly ImportedServer[];
  readonly refused: readonly Refused[];
}

export function joinImported(parts: readonly Imported[]): Imported {
  return { servers: parts.flatMap(({ servers }) => servers), refused: parts.flatMap(({ refused }) => refused) };
}
