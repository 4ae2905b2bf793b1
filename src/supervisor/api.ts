import type { Problem } from '../registry/problem.ts';

/**
 * What the engine offers to screens and commands. Two implementations: the `Supervisor` object itself (in-process) and
 * the client of its control socket; one contract test runs against both. Everything here is plain JSON, masked of secrets.
 * Times are milliseconds since the epoch unless a name says otherwise.
 */

export const UNIT_STATES = [
  'stopped',
  'asleep',
  'waiting',
  'installing',
  'starting',
  'ready',
  'degraded',
  'stopping',
  'backoff',
  'crashed',
  'blocked',
  'needs-auth',
  'unconfigured',
  'foreign',
] as const;
export type UnitState = (typeof UNIT_STATES)[number];
export type Desired = 'running' | 'stopped';
export type Era = 'legacy' | 'modern';

export interface ExitView {
  /** Exit code, or null when a signal ended it or nobody could see the code. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly at: number;
  /** `exit 1`, `killed by SIGKILL from outside`, `segmentation fault (SIGSEGV)`, `unknown` … */
  readonly text: string;
}

/** One row of the server table. */
export interface UnitView {
  readonly name: string;
  readonly title: string;
  readonly state: UnitState;
  readonly desired: Desired;
  readonly transport: 'http' | 'sse' | 'stdio' | 'remote';
  readonly port: number | null;
  /** The server's own process (the real server below wrappers), null when nothing runs. */
  readonly pid: number | null;
  /** Start of the process by its own start time, so that it survives adoption. */
  readonly startedAt: number | null;
  /** When the present state was entered. */
  readonly stateSince: number;
  /** Percent of one core over the last sample, whole tree. */
  readonly cpuPercent: number | null;
  /** Bytes, whole tree, shared pages counted once where the kernel tells (PSS). */
  readonly memoryBytes: number | null;
  readonly toolCount: number | null;
  /** Latencies of the last protocol probes in milliseconds, newest last; null = that probe failed. At most 30. */
  readonly probes: readonly (number | null)[];
  readonly era: Era | null;
  readonly revision: string | null;
  /** Why it is not ready, or what is odd about it; null when all is well. */
  readonly cause: Problem | null;
  /** While in backoff: the number of the failure, the budget, and when the next try comes. */
  readonly retry: { readonly attempt: number; readonly max: number; readonly nextAt: number } | null;
  /** Unrequested restarts since the last start by a person. */
  readonly restarts: number;
  readonly lastExit: ExitView | null;
  /** The entry in the registry differs from what runs: restart to apply. */
  readonly entryChanged: boolean;
  readonly logPath: string;
  /** Stopping: when SIGKILL follows. */
  readonly killAt: number | null;
}

export interface RegistryView {
  readonly path: string;
  /** Why the file as a whole or single entries of it cannot be used, in file order. */
  readonly problems: readonly Problem[];
  /** What is odd about it but keeps nothing from running: unknown keys, ports that others may take … */
  readonly warnings: readonly Problem[];
}

export interface SupervisorInfo {
  readonly pid: number;
  readonly version: string;
  readonly startedAt: number;
  readonly runtimeDir: string;
  /** `detached`: its own process; `in-process`: lives and dies with this program; `none`: nobody supervises, read from disk. */
  readonly mode: 'detached' | 'in-process' | 'none';
  readonly clients: number;
}

export interface Snapshot {
  readonly supervisor: SupervisorInfo;
  readonly registry: RegistryView;
  /** In registry order, then unconfigured ones by name. */
  readonly units: readonly UnitView[];
  /** Conditions of the whole machine, such as a full disk. */
  readonly banners: readonly Problem[];
}

export type SupervisorEvent =
  /** Units that changed (whole rows). Coalesced; never one per log line. */
  | { readonly type: 'units'; readonly units: readonly UnitView[] }
  /** The set or order of units, the registry, or a banner changed: take a new snapshot. */
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  /** Something a person should read once (adopted, restarted, rotated, refused). */
  | {
      readonly type: 'message';
      readonly at: number;
      readonly level: 'info' | 'warn' | 'error';
      readonly server: string | null;
      readonly text: string;
    }
  /** The connection or the supervisor ended; no more events will come from this subscription. */
  | { readonly type: 'closed'; readonly reason: string };

export interface HistoryEvent {
  readonly at: number;
  readonly kind: string;
  readonly text: string;
}

export interface CatalogView {
  readonly serverName: string | null;
  readonly serverVersion: string | null;
  readonly instructions: string | null;
  readonly tools: readonly { readonly name: string; readonly description: string | null }[];
  readonly prompts: readonly string[];
  readonly resources: readonly string[];
  readonly takenAt: number;
}

export interface UnitDetail {
  readonly unit: UnitView;
  /** The entry as written, values of secret variables masked; null when unconfigured. */
  readonly entry: Readonly<Record<string, unknown>> | null;
  /** Newest first. */
  readonly history: readonly HistoryEvent[];
  readonly catalog: CatalogView | null;
  /** Every process of the tree: pid, parent, command line (secrets masked), memory. */
  readonly processes: readonly {
    readonly pid: number;
    readonly ppid: number;
    readonly command: string;
    readonly memoryBytes: number | null;
  }[];
}

export interface StartOptions {
  /** How long to wait for ready; null = the entry's own `health.startup`; 0 = do not wait. Milliseconds. */
  readonly waitMs: number | null;
  /** Extra variables for this run only; they win over everything and are never persisted. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * The caller's own environment as far as it matters: PATH (recorded, so that later restarts find the same programs)
   * and the variables that entries refer to. Filled in by `connectOrStart` and `openInProcess`.
   */
  readonly callerEnv?: Readonly<Record<string, string>>;
}

/** What became of one server in a start, stop or restart. */
export interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  /** `started`, `already running`, `stopped`, `already stopped`, `starting`, `failed`, `asleep`, … */
  readonly verb: string;
  readonly state: UnitState;
  readonly pid: number | null;
  readonly problem: Problem | null;
  /** Stop only: which pids needed which signal. */
  readonly signalled: readonly { readonly pid: number; readonly signal: string }[];
}

export interface SupervisorApi {
  info(): Promise<SupervisorInfo>;
  snapshot(): Promise<Snapshot>;
  describe(name: string): Promise<UnitDetail>;
  /** Idempotent. Unknown names are reported as failed outcomes, never thrown. Outcomes in the order of `names`. */
  start(names: readonly string[], options: StartOptions): Promise<readonly Outcome[]>;
  /** Resolves when each tree is empty. Wins over anything in flight. */
  stop(names: readonly string[]): Promise<readonly Outcome[]>;
  restart(names: readonly string[], options: StartOptions): Promise<readonly Outcome[]>;
  /** Reads the registry now instead of at the next poll. */
  reload(): Promise<RegistryView>;
  /** Calls back until the returned function is called. The first event is a `snapshot`. */
  subscribe(listener: (event: SupervisorEvent) => void): Promise<() => void>;
  /** Ends the supervisor. `all`: stops every server first; otherwise HTTP servers stay up and are adopted later. */
  shutdown(options: { readonly all: boolean }): Promise<void>;
  /** Lets go of this connection (socket) or releases the engine without touching HTTP servers (in-process). */
  close(): Promise<void>;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface LogLine {
  /** Increases by one per line within one tail; survives rotation. */
  readonly seq: number;
  /** Safe for a terminal: SGR colours kept, every other control sequence removed, at most 16 kB. */
  readonly text: string;
  /** The same without colours, for search and copy. */
  readonly plain: string;
  readonly level: LogLevel | null;
  /** When it was written, exact to about 100 ms; null when nobody was there to note it. */
  readonly at: number | null;
  /** `mark`: a note of the tail itself (rotated, truncated, skipped), not of the server. */
  readonly kind: 'line' | 'mark';
}

export interface LogTail {
  /** Stops polling and closes the file. */
  close(): void;
}

/** Reads log files directly (no supervisor needed): the last lines first, then what is appended. */
export interface LogReader {
  /** `onLines` gets batches, at most one per poll (50–100 ms). A missing file is an empty one that may appear. */
  tail(server: string, options: { readonly lines: number }, onLines: (batch: readonly LogLine[]) => void): LogTail;
  path(server: string): string;
}
