import type { UnitRecord } from './journal.ts';
import type { ProcessIdentity } from './process/identity.ts';

/** What the process table says of the process a record names. */
export type Verdict = 'alive' | 'gone' | 'reused' | 'foreign' | 'unknown' | 'none';

export interface Evidence {
  readonly record: UnitRecord;
  /** Of `record.identity`; `none` when no process was ever recorded. */
  readonly verdict: Verdict;
  /** The group leader that carries the record's nonce, found by scanning; null when nobody does. */
  readonly found: ProcessIdentity | null;
  /** Processes that carry a nonce of this unit, this one or an older one. */
  readonly holders: readonly number[];
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
export function decideRecovery({ record, verdict, found, holders, piped, onlyLooking }: Evidence): Recovery {
  if (record.identity && verdict === 'foreign') return { do: 'hands-off' };
  const alive = record.identity && verdict === 'alive' ? record.identity : found;
  if (alive) {
    const keep = record.desired !== 'stopped' && (!piped || onlyLooking);
    return keep ? { do: 'adopt', identity: alive } : { do: 'end-leftover', identity: alive };
  }
  const stray = holders[0];
  if (record.identity && stray !== undefined) return { do: 'end-leftover', identity: record.identity };
  if (record.identity && record.desired === 'running' && !piped && !onlyLooking) return { do: 'report-exit' };
  return { do: 'nothing' };
}
