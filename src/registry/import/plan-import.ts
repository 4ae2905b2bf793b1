import { nearestServerName, serverNameProblem } from '../server-name.ts';
import type { ImportedServer } from './imported.ts';
import { sameServer } from './same-server.ts';

/** A server to import, and where it comes from. */
export interface Candidate {
  readonly server: ImportedServer;
  /** Shown to people: the client, or the file. */
  readonly from: string;
}

/** What is to be done with one of them. */
export interface Planned extends Candidate {
  /** Its name in the registry; another one where the client's cannot be a server's name. */
  readonly name: string;
  /** `taken`: somebody else has the name; who asks decides. `present`: the registry has that very server. */
  readonly action: 'add' | 'present' | 'taken';
  /** Who has the name, for `taken` and `present`. */
  readonly holder: string | null;
}

/** What is registered already. */
interface Registered {
  readonly name: string;
  readonly raw: unknown;
}

/**
 * Decides for each server whether it is new, already there, or in the way of another. Names are kept; of two servers that
 * several clients call the same, the first has the name; one that was decided about already is not asked about again.
 */
export function planImport(candidates: readonly Candidate[], registered: readonly Registered[]): Planned[] {
  const known: Registered[] = [...registered];
  return candidates.map((candidate) => {
    const name = validName(candidate.server.name);
    const namesakes = known.filter((other) => other.name.toLowerCase() === name.toLowerCase());
    known.push({ name, raw: candidate.server.entry });
    const [holder] = namesakes;
    if (holder === undefined) return { ...candidate, name, action: 'add', holder: null };
    const same = namesakes.some((other) => sameServer({ name, raw: candidate.server.entry }, other));
    return { ...candidate, name, action: same ? 'present' : 'taken', holder: holder.name };
  });
}

/** The client's name where it can be one here, else the nearest that can. */
function validName(name: string): string {
  if (serverNameProblem(name) === null) return name;
  const plain = nearestServerName(name);
  if (plain === '') return 'imported';
  return serverNameProblem(plain) === null ? plain : `my-${plain}`;
}

/** The first of `github-cursor`, `github-cursor-2` … that nobody has. @param taken names in use; case does not count */
export function freeName(name: string, suffix: string, taken: readonly string[]): string {
  const used = new Set(taken.map((other) => other.toLowerCase()));
  const stem = nearestServerName(`${name.slice(0, 40)}-${suffix}`);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? stem : `${stem}-${number}`;
    if (!used.has(candidate.toLowerCase())) return candidate;
  }
}
