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
  /** What passes through the hub; null where no hub runs. */
  readonly traffic: UnitTraffic | null;
}

/** The calls (requests of clients, lists and handshakes not counted) to one server. */
export interface UnitTraffic {
  /** Clients that used it and are still there. */
  readonly clients: number;
  /** Over the last five minutes. */
  readonly callsPerMinute: number;
  /** Of the last hundred calls, milliseconds; null before the first. */
  readonly p95Ms: number | null;
}

/** The HTTP side of the supervisor: one endpoint for every client. */
export interface HubView {
  /** `http://127.0.0.1:8049`; null while it does not listen. */
  readonly url: string | null;
  /** Client sessions and streams that are open. */
  readonly clients: number;
  readonly callsLastHour: number;
  /** Ports it could not listen on, with who holds them. */
  readonly problems: readonly Problem[];
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
  /** Null where no hub runs: nobody supervises, or it was switched off for a test. */
  readonly hub: HubView | null;
  /** Conditions of the whole machine, such as a full disk. */
  readonly banners: readonly Problem[];
}

export type SupervisorEvent =
  /** Units that changed (whole rows), and the hub as it is now where one runs. Coalesced; never one per log line. */
  | { readonly type: 'units'; readonly units: readonly UnitView[]; readonly hub?: HubView }
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

/** A program that talks to servers through the hub. */
export interface ClientView {
  readonly id: string;
  /** As it introduced itself: never decide by it. */
  readonly name: string;
  readonly version: string | null;
  readonly era: Era;
  readonly revision: string | null;
  readonly via: 'http' | 'sse' | 'ws' | 'cockpit';
  /** Its process on this machine, where the kernel tells. */
  readonly pid: number | null;
  readonly command: string | null;
  readonly since: number;
  readonly lastSeen: number;
  readonly calls: number;
  readonly failures: number;
  /** A stream is open, or a request is under way. */
  readonly connected: boolean;
  /** Endpoint it connected to: `/mcp`, `/weather/mcp` … */
  readonly endpoint: string;
  readonly uses: readonly ClientUse[];
}

/** One server a client uses. */
export interface ClientUse {
  readonly server: string;
  readonly calls: number;
  /** Processes that are for this client alone; empty where it shares the server's own. */
  readonly ownPids: readonly number[];
}

export interface ClientsView {
  readonly clients: readonly ClientView[];
  /** What would run if each client had started its own copy of each stdio server it uses, and what runs. */
  readonly sharing: {
    readonly processesWithout: number;
    readonly processes: number;
    /** Bytes: the difference times what one process of that server takes now. */
    readonly memorySavedBytes: number;
  };
}

export type TrafficOutcome = 'pending' | 'ok' | 'tool-error' | 'error' | 'cancelled' | 'waiting-for-client';

/** One request through the hub. */
export interface TrafficEntry {
  /** Increases by one per request; names it. */
  readonly seq: number;
  readonly at: number;
  readonly client: { readonly id: string; readonly name: string };
  /** Null for what the hub answers itself (a gateway's list). */
  readonly server: string | null;
  /** `to-server`: a client asks; `to-client`: a server asks (elicitation, sampling, roots). */
  readonly direction: 'to-server' | 'to-client';
  readonly method: string;
  /** Tool, prompt or resource it is about. */
  readonly subject: string | null;
  readonly requestBytes: number;
  /** Null while pending. */
  readonly responseBytes: number | null;
  readonly latencyMs: number | null;
  readonly outcome: TrafficOutcome;
  /** One line about a failure; secrets masked. */
  readonly error: string | null;
}

export interface TrafficQuery {
  /** The `next` of the last page: what came or changed since then. 0 = from the oldest kept. */
  readonly after: number;
  /** At most so many, the newest. */
  readonly limit: number;
  readonly server?: string | null;
}

export interface TrafficPage {
  /** Oldest first: new ones, and earlier ones that were answered meanwhile. */
  readonly entries: readonly TrafficEntry[];
  /** Pass as `after` next time. */
  readonly next: number;
  /** Of calls in the ring, milliseconds. */
  readonly latency: { readonly p50: number | null; readonly p95: number | null; readonly p99: number | null };
}

/** One request in full. Secrets masked, each payload cut at 64 kB. */
export interface TrafficDetail {
  readonly entry: TrafficEntry;
  readonly request: unknown;
  readonly response: unknown;
  /** Progress and log messages in between, at most 50. */
  readonly notes: readonly unknown[];
}

/** The tools of one server with everything the server says about them. */
export interface ServerTools {
  readonly server: string;
  readonly state: UnitState;
  readonly tools: readonly ToolView[];
  /** When the list was taken; null when there never was one. */
  readonly takenAt: number | null;
}

export interface ToolView {
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly outputSchema: Readonly<Record<string, unknown>> | null;
  readonly annotations: Readonly<Record<string, unknown>> | null;
  /** Switched off in the entry (`tools.disabled`), or held back because its definition changed. */
  readonly disabled: 'entry' | 'drift' | null;
  /** Its definition differs from the one that was accepted last. */
  readonly changed: boolean;
}

export interface CallRequest {
  readonly server: string;
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Milliseconds; null = the entry's `limits.timeout`. */
  readonly timeoutMs: number | null;
}

/** What a tool answered. `answered`: the raw result (which may be the tool's own error); else why there is none. */
export type CallOutcome =
  | {
      readonly ok: true;
      readonly result: Readonly<Record<string, unknown>>;
      readonly isError: boolean;
      readonly latencyMs: number;
    }
  | { readonly ok: false; readonly problem: Problem };

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
  clients(): Promise<ClientsView>;
  traffic(query: TrafficQuery): Promise<TrafficPage>;
  /** One request in full; null once the ring has forgotten it. */
  message(seq: number): Promise<TrafficDetail | null>;
  /** Tools of the servers named, of all with null; from the cache where a server sleeps. Never starts one. */
  tools(names: readonly string[] | null): Promise<readonly ServerTools[]>;
  /** Accepts the changed definitions of a server's tools. */
  acceptTools(server: string): Promise<void>;
  /** Calls a tool as the client `cockpit`. Wakes a sleeping server; a stopped one is a problem that names the command. */
  call(request: CallRequest): Promise<CallOutcome>;
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
