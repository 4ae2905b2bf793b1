import { constants } from 'node:os';
import type { ExitView } from '../api.ts';
import { readSmallFile } from './file-guard.ts';

/** What an exit recorder left behind. */
export interface ExitRecord {
  /** 0–255; 128+n for signal n. */
  readonly code: number;
  /** Milliseconds since the epoch, as the disk's clock saw it. */
  readonly at: number;
}

/** The record of an exit, or null while there is none (still running, the recorder was killed, or no room on the disk). */
export function readExitRecord(file: string): ExitRecord | null {
  const record = readSmallFile(file, 64);
  const code = record && /^(\d{1,3})\n$/.exec(record.text)?.[1];
  return record && code ? { code: Number(code), at: Math.round(record.mtimeMs) } : null;
}

/** What was seen of an end; `requested`: we had asked for it. */
export interface SeenExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly requested: boolean;
}

/** The end in words (F31): `exit 1`, `segmentation fault (SIGSEGV)`, `unknown: …`. */
export function describeExit(seen: SeenExit): string {
  const signal = signalOf(seen);
  if (signal !== null) return describeSignal(signal, seen.requested);
  if (seen.code === null) return 'unknown: nobody saw the exit code';
  const meaning = CODES[seen.code];
  return meaning ? `exit ${seen.code}: ${meaning}` : `exit ${seen.code}`;
}

/** The end as clients show it: a code of 128+n is taken apart into its signal. */
export function exitView(seen: SeenExit & { readonly at: number }): ExitView {
  const signal = signalOf(seen);
  return { code: signal === null ? seen.code : null, signal, at: seen.at, text: describeExit(seen) };
}

const CODES: Readonly<Record<number, string>> = {
  126: 'found, but not executable',
  127: 'command not found',
};

/** Reversed, so that of two names of one number (SIGABRT, SIGIOT) the usual one wins. */
const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/** A shell reports the death by signal n as 128+n; servers themselves hardly ever use these codes. */
function signalOf({ code, signal }: SeenExit): string | null {
  return signal ?? (code !== null && code > 128 ? (SIGNAL_NAMES.get(code - 128) ?? null) : null);
}

const FAULTS: Readonly<Record<string, string>> = {
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted itself',
  SIGBUS: 'bus error',
  SIGFPE: 'arithmetic error',
  SIGILL: 'illegal instruction',
  SIGTRAP: 'trace trap',
  SIGSYS: 'forbidden system call',
  SIGPIPE: 'wrote to a closed pipe',
  SIGXCPU: 'used up its CPU time limit',
  SIGXFSZ: 'exceeded the file size limit',
};

function describeSignal(signal: string, requested: boolean): string {
  const fault = FAULTS[signal];
  if (fault) return `${fault} (${signal})`;
  if (requested) return signal === 'SIGKILL' ? 'killed by SIGKILL after the grace time' : `stopped by ${signal}`;
  if (signal === 'SIGKILL') return 'killed by SIGKILL from outside (out of memory, or kill -9)';
  return `ended by ${signal} from outside`;
}
