import { setTimeout as sleep } from 'node:timers/promises';
import { transportOf } from '../registry/entry-rules.ts';
import { maskEntry } from '../registry/mask.ts';
import type { Paths } from '../registry/paths.ts';
import { ProblemError } from '../registry/problem.ts';
import type { EntryState } from '../registry/read-registry.ts';
import { readRegistryFile } from '../registry/read-registry.ts';
import type {
  CallOutcome,
  ClientsView,
  Outcome,
  RegistryView,
  ServerTools,
  Snapshot,
  SupervisorApi,
  SupervisorEvent,
  SupervisorInfo,
  TrafficDetail,
  TrafficPage,
  UnitDetail,
  UnitState,
  UnitView,
} from './api.ts';
import { connect } from './connect.ts';
import { NO_CLIENTS, NO_TRAFFIC } from './hub-side.ts';
import { findInstallation } from './installation.ts';
import { emptyRecord, peekJournal, type UnitRecord } from './journal.ts';
import { lockOwner } from './lock-owner.ts';
import { logPath } from './logs/log-file.ts';
import { exitView, readExitRecord } from './process/exit-record.ts';
import { commandLine, type ProcessIdentity, startedAt, verify } from './process/identity.ts';
import { type Listeners, listenersOnDemand } from './process/ports.ts';
import { isDead, type ProcStat } from './process/proc-stat.ts';
import { processTable } from './process/process-table.ts';
import { realServer } from './process/tree.ts';
import { Supervisor } from './supervisor.ts';
import { problemAsBlocked } from './units/entry-problem.ts';
import { exitFilePath } from './units/unit-process.ts';

/** How long a command waits for another one that holds the lock, and how often it looks (milliseconds). */
const LOCK_PATIENCE_MS = 15_000;
const LOCK_LOOK_MS = 50;

const NO_SUPERVISOR = { what: 'no supervisor is running', next: 'mcp start NAME, or mcp for the cockpit' } as const;

/** The world as the journal, the registry and the process table tell it while no supervisor runs. Starts nothing. */
export class OfflineView implements SupervisorApi {
  readonly #paths: Paths;
  readonly #env: NodeJS.ProcessEnv;

  constructor(paths: Paths, env: NodeJS.ProcessEnv) {
    this.#paths = paths;
    this.#env = env;
  }

  async info(): Promise<SupervisorInfo> {
    return {
      pid: 0,
      version: findInstallation().version,
      startedAt: 0,
      runtimeDir: this.#paths.runtimeDir,
      mode: 'none',
      clients: 0,
    };
  }

  async snapshot(): Promise<Snapshot> {
    const { entries } = readRegistryFile(this.#paths.registryFile);
    const records = this.#records();
    const orphans = [...records.values()].filter(
      ({ name, identity }) => identity && verify(identity) === 'alive' && !entries.some((entry) => entry.name === name),
    );
    const machine = machineNow();
    const recordOf = (name: string) => records.get(name) ?? emptyRecord(name);
    return {
      supervisor: await this.info(),
      registry: await this.reload(),
      units: [
        ...entries.map((entry) => this.#view(entry.name, entry, recordOf(entry.name), machine)),
        ...orphans.map((record) => this.#view(record.name, null, record, machine)),
      ],
      hub: null,
      banners: [],
    };
  }

  async describe(name: string): Promise<UnitDetail> {
    const entry =
      readRegistryFile(this.#paths.registryFile).entries.find((candidate) => candidate.name === name) ?? null;
    const record = this.#records().get(name) ?? emptyRecord(name);
    if (!entry && !record.identity) throw new ProblemError({ what: `no server is called ${name}`, next: 'mcp list' });
    const journal = peekJournal(this.#paths.runtimeDir);
    try {
      const masked = entry ? maskEntry(entry.raw) : null;
      return {
        unit: this.#view(name, entry, record, machineNow()),
        entry:
          typeof masked === 'object' && masked !== null && !Array.isArray(masked)
            ? (masked as Record<string, unknown>)
            : null,
        history: journal?.history(name, 200) ?? [],
        catalog: null,
        processes: [],
      };
    } finally {
      journal?.close();
    }
  }

  async start(): Promise<readonly Outcome[]> {
    throw new ProblemError(NO_SUPERVISOR);
  }

  async restart(): Promise<readonly Outcome[]> {
    throw new ProblemError(NO_SUPERVISOR);
  }

  async clients(): Promise<ClientsView> {
    return NO_CLIENTS;
  }

  async traffic(): Promise<TrafficPage> {
    return NO_TRAFFIC;
  }

  async message(): Promise<TrafficDetail | null> {
    return null;
  }

  async tools(): Promise<readonly ServerTools[]> {
    return [];
  }

  async acceptTools(): Promise<void> {
    throw new ProblemError(NO_SUPERVISOR);
  }

  async call(): Promise<CallOutcome> {
    return { ok: false, problem: NO_SUPERVISOR };
  }

  /** Takes the lock for as long as it lasts, adopts what runs, stops what was named, starts nothing. */
  async stop(names: readonly string[]): Promise<readonly Outcome[]> {
    const engine = await this.#engine();
    try {
      return await engine.stop(names);
    } finally {
      await engine.close();
    }
  }

  async reload(): Promise<RegistryView> {
    const { path, problems, entries } = readRegistryFile(this.#paths.registryFile);
    return {
      path,
      problems: [...problems, ...entries.flatMap((entry) => entry.problems)],
      warnings: entries.flatMap((entry) => entry.warnings),
    };
  }

  /** Nothing changes here by itself: the first event is the last. */
  async subscribe(listener: (event: SupervisorEvent) => void): Promise<() => void> {
    listener({ type: 'snapshot', snapshot: await this.snapshot() });
    return () => undefined;
  }

  async shutdown({ all }: { readonly all: boolean }): Promise<void> {
    if (all) await this.stop((await this.snapshot()).units.map(({ name }) => name));
  }

  async close(): Promise<void> {
    // Nothing is held open between calls.
  }

  /** Another command may hold the lock for a moment because it stops something too. */
  async #engine(): Promise<SupervisorApi> {
    const options = { paths: this.#paths, env: this.#env, installation: findInstallation() };
    for (const deadline = performance.now() + LOCK_PATIENCE_MS; ; await sleep(LOCK_LOOK_MS)) {
      const here = await Supervisor.open({ ...options, mode: 'in-process', bringUp: false, openHub: null });
      const engine = here ?? (await connect({ paths: this.#paths }));
      if (engine) return engine;
      if (performance.now() < deadline) continue;
      const owner = lockOwner(this.#paths.runtimeDir);
      throw new ProblemError({
        what: 'another command holds the runtime directory',
        why: 'it stops servers right now, or it is a cockpit that supervises them itself',
        ...(owner && { holder: `pid ${owner.pid}` }),
        next: 'try again when it has ended',
      });
    }
  }

  #records(): Map<string, UnitRecord> {
    const journal = peekJournal(this.#paths.runtimeDir);
    try {
      return new Map((journal?.records() ?? []).map((record) => [record.name, record]));
    } finally {
      journal?.close();
    }
  }

  #view(name: string, entry: EntryState | null, record: UnitRecord, machine: Machine): UnitView {
    const { runtimeDir } = this.#paths;
    const { identity } = record;
    const verdict = identity ? verify(identity) : 'gone';
    const alive = identity !== null && verdict === 'alive';
    const ended =
      identity && !alive && record.desired === 'running' ? readExitRecord(exitFilePath(runtimeDir, name)) : null;
    const exit = ended ? exitView({ code: ended.code, signal: null, requested: false, at: ended.at }) : null;
    const invalid = entry !== null && entry.entry === null;
    const cause = alive
      ? { what: 'runs unattended: no supervisor is running', next: `mcp ${name} start` }
      : invalid
        ? problemAsBlocked(entry)
        : exit
          ? { what: `${exit.text}, unattended`, next: `mcp ${name} start` }
          : null;
    return {
      name,
      title: entry?.entry?.name ?? name,
      state: stateOf({ verdict, alive, invalid, configured: entry !== null, record }),
      desired: record.desired ?? 'stopped',
      transport: entry?.entry ? transportOf(entry.entry) : 'http',
      port: entry?.entry?.port ?? record.port,
      pid: alive ? serverPid(identity, machine, record.port) : null,
      startedAt: alive ? startedAt(identity.startTicks) : null,
      stateSince: exit?.at ?? 0,
      cpuPercent: null,
      memoryBytes: null,
      toolCount: null,
      probes: [],
      era: record.era,
      revision: null,
      cause,
      retry: null,
      restarts: record.restarts,
      lastExit: exit,
      entryChanged: false,
      logPath: logPath(runtimeDir, name),
      killAt: null,
      traffic: null,
    };
  }
}

/** What one look at the machine tells about any number of units. */
interface Machine {
  /** Members of every process group. */
  readonly groups: ReadonlyMap<number, readonly ProcStat[]>;
  listeners(): Listeners;
}

function machineNow(): Machine {
  const living = processTable.all().filter((stat) => !isDead(stat));
  return { groups: Map.groupBy(living, ({ pgid }) => pgid), listeners: listenersOnDemand() };
}

/** The same pid that a supervisor would show: the server's own, below shells and wrappers. */
function serverPid({ pid: leader }: ProcessIdentity, { groups, listeners }: Machine, port: number | null): number {
  const members = (groups.get(leader) ?? []).map(({ pid, ppid }) => ({ pid, ppid, command: commandLine(pid) }));
  return realServer(members, leader, port, listeners) ?? leader;
}

function stateOf(seen: {
  verdict: string;
  alive: boolean;
  invalid: boolean;
  configured: boolean;
  record: UnitRecord;
}): UnitState {
  if (seen.verdict === 'foreign') return 'foreign';
  if (seen.alive) return seen.configured ? (seen.record.wasReady ? 'ready' : 'starting') : 'unconfigured';
  if (seen.invalid) return 'blocked';
  return seen.record.crashed ? 'crashed' : 'stopped';
}
