import type { UnitRecord } from './journal.ts';
import type { ProcessIdentity } from './process/identity.ts';

/** What the process table says of the process a record names. */
export type Verdict = 'alive' | 'gone' | 'reused' | 'foreign' | 'unknown' | 'none';

export interface Evidence {
  readonly record: UnitRecord;
  /** Of `record.identity`; `none` when no process was ever recorded. */
  readonly verdict: Verdict;
  /** The leader of the launch, found by its nonce; null when it is gone. */
  readonly found: ProcessIdentity | null;
  /** By what to end the others of the launch when its leader is gone; null when there are none. */
  readonly remains: ProcessIdentity | null;
  /** The unit needs pipes to its supervisor: a survivor cannot be kept. */
  readonly piped: boolean;
  /** Nothing may be started: somebody only came to stop something. */
  readonly onlyLooking: boolean;
}

export type Recovery =
  | { readonly do: 'adopt'; readonly identity: ProcessIdentity }
  /** End what is left, then start it again if it is wanted. */
  | { readonly do: 'end-leftover'; readonly identity: ProcessIdentity }
  /** It ran and is gone: one crash, whose exit code the recorder may know. */
  | { readonly do: 'report-exit' }
  | { readonly do: 'hands-off' }
  | { readonly do: 'nothing' };

/** What to do about one unit after the death of an earlier supervisor (R6, R9). Pure; wrong guesses here would harm innocents. */
export function decideRecovery({ record, verdict, found, remains, piped, onlyLooking }: Evidence): Recovery {
  if (record.identity && verdict === 'foreign') return { do: 'hands-off' };
  const alive = record.identity && verdict === 'alive' ? record.identity : found;
  if (alive) {
    const keep = record.desired !== 'stopped' && (!piped || onlyLooking);
    return keep ? { do: 'adopt', identity: alive } : { do: 'end-leftover', identity: alive };
  }
  // Ends what is left as well, and counts as the crash that it was.
  if (record.identity && record.desired === 'running' && !piped && !onlyLooking) return { do: 'report-exit' };
  if (remains) return { do: 'end-leftover', identity: record.identity ?? remains };
  return { do: 'nothing' };
}
