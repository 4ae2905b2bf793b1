import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDuration } from '../registry/duration.ts';
import { ensureDirectory } from '../registry/ensure-directory.ts';
import { ensureHubToken } from '../registry/hub-token.ts';
import type { LaunchSpec } from '../registry/launch-spec.ts';
import { maskEntry, maskInline } from '../registry/mask.ts';
import type { Paths } from '../registry/paths.ts';
import { type Problem, ProblemError, problemSentence, type Result } from '../registry/problem.ts';
import { RegistryFile } from '../registry/registry-file.ts';
import type { ResolveContext } from '../registry/resolve-entry.ts';
import { readSettings } from '../registry/settings.ts';
import type {
  Outcome,
  RegistryView,
  Snapshot,
  StartOptions,
  SupervisorApi,
  SupervisorEvent,
  SupervisorInfo,
  UnitDetail,
} from './api.ts';
import { DiskWatch } from './disk-watch.ts';
import { EventFeed } from './event-feed.ts';
import { Fleet } from './fleet.ts';
import type { Installation } from './installation.ts';
import { isDiskTrouble, type Journal, openJournal, type UnitRecord } from './journal.ts';
import { acquireLock, type SupervisorLock } from './lock.ts';
import { logPath } from './logs/log-file.ts';
import { rotateRunning } from './logs/rotate.ts';
import { LogClock } from './logs/time-index.ts';
import { startOutcome, startSettled, stopSettled, unknownOutcome } from './outcomes.ts';
import { ExitWatch } from './process/exit-watch.ts';
import { treeOf } from './process/tree.ts';
import { recoverUnits } from './recover-units.ts';
import { Sampler } from './sampler.ts';
import { mayTryAgain } from './units/blockers.ts';
import { Slots } from './units/slots.ts';
import type { UnitHost } from './units/unit-host.ts';
import type { UnitRunner } from './units/unit-runner.ts';

export interface SupervisorOptions {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly installation: Installation;
  readonly mode: SupervisorInfo['mode'];
  /** Start what is wanted: desired = running, and `autostart` entries never touched. False for a mere stop. */
  readonly bringUp: boolean;
  /** Called once the supervisor has let go of everything, by `shutdown` or by being idle. */
  onEnded?(): void;
}

const TICK_MS = 2_000;
const SPAWNS_AT_ONCE = 8;
const PROBES_AT_ONCE = 4;

/**
 * The engine: owns the units of one runtime directory. Exclusive by its lock, the only writer of the journal.
 * Reading order: `machine.ts` (what can happen), `units/unit-runner.ts` (one unit at work), this file (all of them).
 */
export class Supervisor implements SupervisorApi {
  readonly #options: SupervisorOptions;
  readonly #lock: SupervisorLock;
  readonly #journal: Journal;
  readonly #registry: RegistryFile;
  readonly #fleet = new Fleet();
  readonly #feed = new EventFeed();
  readonly #sampler = new Sampler();
  readonly #disk: DiskWatch;
  readonly #host: UnitHost;
  readonly #startedAt = Date.now();
  readonly #hubToken: string;
  readonly #idleExitMs: number;
  readonly #logLimits: { readonly maxBytes: number; readonly keep: number };
  readonly #tick: NodeJS.Timeout;
  readonly #settingsProblems: readonly Problem[];
  #records = new Map<string, UnitRecord>();
  #idleSince = performance.now();
  #bannerShown = '';
  #ending: Promise<void> | null = null;
  /** Clients of the control socket; kept by its server. */
  clients = 0;

  /** Null when another process supervises this runtime directory. Throws a ProblemError when it cannot be used at all. */
  static async open(options: SupervisorOptions): Promise<Supervisor | null> {
    const directory = ensureDirectory(options.paths.runtimeDir, 0o700);
    if (!directory.ok) throw new ProblemError(directory.problem);
    const lock = acquireLock(options.paths.runtimeDir);
    if (!lock) return null;
    try {
      const supervisor = new Supervisor(options, lock);
      await supervisor.#begin();
      return supervisor;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  private constructor(options: SupervisorOptions, lock: SupervisorLock) {
    this.#options = options;
    this.#lock = lock;
    const { paths } = options;
    this.#hubToken = ensureHubToken(paths.runtimeDir);
    const settings = readSettings(paths.settingsFile);
    this.#settingsProblems = settings.problems;
    this.#idleExitMs = settings.settings.idleExitMs;
    this.#logLimits = settings.settings.log;
    const opened = openJournal(paths.runtimeDir);
    this.#journal = opened.journal;
    if (opened.movedAside)
      this.#note(null, 'journal', `the journal was damaged; it was moved to ${opened.movedAside} and rebuilt`);
    this.#disk = new DiskWatch(paths.runtimeDir);
    this.#registry = new RegistryFile(paths.registryFile);
    this.#host = this.#makeHost();
    this.#records = new Map(this.#journal.records().map((record) => [record.name, record]));
    this.#tick = setInterval(() => this.#onTick(), TICK_MS);
  }

  async #begin(): Promise<void> {
    this.#applyRegistry();
    await recoverUnits({
      runtimeDir: this.#options.paths.runtimeDir,
      fleet: this.#fleet,
      host: this.#host,
      records: this.#records,
      onlyLooking: !this.#options.bringUp,
      resolve: (name) => this.#resolve(name, {}, null),
    });
    this.#recovered = true;
    if (this.#options.bringUp) for (const runner of this.#fleet.all) this.#bringUp(runner);
    this.#registry.start(() => this.#applyRegistry());
  }

  async info(): Promise<SupervisorInfo> {
    return this.#info();
  }

  async snapshot(): Promise<Snapshot> {
    this.#sampler.sample(this.#fleet.all, TICK_MS);
    return this.#snapshot();
  }

  async describe(name: string): Promise<UnitDetail> {
    const runner = this.#fleet.get(name);
    if (!runner) throw new ProblemError({ what: `no server is called ${name}`, next: 'mcp list' });
    this.#sampler.sample(this.#fleet.all, TICK_MS);
    const entry = this.#fleet.entry(name);
    const masked = entry ? maskEntry(entry.raw) : null;
    const { identity, catalog } = runner;
    return {
      unit: runner.view(),
      entry:
        typeof masked === 'object' && masked !== null && !Array.isArray(masked)
          ? (masked as Record<string, unknown>)
          : null,
      history: this.#journal.history(name, 200),
      catalog: catalog ? { ...catalogView(catalog), takenAt: runner.catalogAt } : null,
      processes: identity
        ? treeOf(identity).map(({ pid, ppid, command }) => ({
            pid,
            ppid,
            command: maskInline(command),
            memoryBytes: null,
          }))
        : [],
    };
  }

  async start(names: readonly string[], options: StartOptions): Promise<readonly Outcome[]> {
    // Nothing is awaited before the command takes effect: commands count in the order they come.
    this.#registry.reload();
    return Promise.all(names.map((name) => this.#start(name, options, 'start', names.length > 1)));
  }

  async restart(names: readonly string[], options: StartOptions): Promise<readonly Outcome[]> {
    // Nothing is awaited before the command takes effect: commands count in the order they come.
    this.#registry.reload();
    return Promise.all(names.map((name) => this.#start(name, options, 'restart', false)));
  }

  async stop(names: readonly string[]): Promise<readonly Outcome[]> {
    return Promise.all(names.map((name) => this.#stop(name)));
  }

  async reload(): Promise<RegistryView> {
    this.#registry.reload();
    return this.#registryView();
  }

  async subscribe(listener: (event: SupervisorEvent) => void): Promise<() => void> {
    const remove = this.#feed.add(listener);
    listener({ type: 'snapshot', snapshot: await this.snapshot() });
    return remove;
  }

  async shutdown({ all }: { readonly all: boolean }): Promise<void> {
    if (all) await this.stop(this.#fleet.all.map(({ name }) => name));
    await this.close();
  }

  close(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    clearInterval(this.#tick);
    this.#registry.stop();
    await Promise.all(this.#fleet.all.map((runner) => runner.release()));
    this.#host.exitWatch.close();
    this.#host.logClock.close();
    this.#feed.end('the supervisor ended');
    this.#journal.close();
    rmSync(join(this.#options.paths.runtimeDir, 'supervisor.pid'), { force: true });
    this.#lock.release();
    this.#options.onEnded?.();
  }

  async #start(name: string, options: StartOptions, verb: 'start' | 'restart', oneOfMany: boolean): Promise<Outcome> {
    const runner = this.#fleet.get(name);
    if (!runner) return unknownOutcome(name);
    const running =
      runner.unit.live && runner.unit.phase.state !== 'stopping' && runner.unit.phase.state !== 'needs-auth';
    if (!running || verb === 'restart') runner.prepare(options.env ?? {});
    runner.dispatch(verb === 'restart' ? { type: 'restart' } : { type: 'start', wake: !oneOfMany, by: 'person' });
    const waitMs = options.waitMs ?? runner.startupMs;
    if (waitMs > 0) await runner.until(startSettled, waitMs);
    const { unit } = runner;
    const view = runner.view();
    const done = verb === 'restart' ? 'restarted' : running ? 'already running' : 'started';
    return startOutcome({ name, unit, pid: view.pid, problem: view.cause }, done, waitMs > 0);
  }

  async #stop(name: string): Promise<Outcome> {
    const runner = this.#fleet.get(name);
    if (!runner) return unknownOutcome(name);
    const ran = runner.unit.live;
    runner.signalled = [];
    runner.dispatch({ type: 'stop' });
    await runner.until(stopSettled, null);
    const { state, cause } = runner.view();
    if (state === 'foreign')
      return { name, ok: false, verb: 'refused', state, pid: null, problem: cause, signalled: [] };
    return {
      name,
      ok: true,
      verb: ran ? 'stopped' : 'already stopped',
      state,
      pid: null,
      problem: null,
      signalled: runner.signalled,
    };
  }

  #bringUp(runner: UnitRunner): void {
    const record = this.#records.get(runner.name);
    const wanted = record?.desired === 'running' || (record?.desired == null && runner.autostart);
    if (wanted && !record?.crashed && !runner.unit.live) runner.dispatch({ type: 'start', wake: false, by: 'boot' });
  }

  #applyRegistry(): void {
    const state = this.#registry.current;
    const added = this.#fleet.apply(
      state,
      this.#host,
      () => this.#context({}, null),
      (name) => this.#records.get(name) ?? null,
    );
    if (this.#options.bringUp) for (const name of added) this.#bringUpNew(name);
    this.#feed.everythingChanged(() => this.#snapshot());
  }

  /** An entry that came by a live edit starts by itself when it says so; at the first load recovery comes first. */
  #bringUpNew(name: string): void {
    const runner = this.#fleet.get(name);
    if (runner && this.#recovered) this.#bringUp(runner);
  }
  #recovered = false;

  #onTick(): void {
    const disk = this.#disk.banner();
    if ((disk?.what ?? '') !== this.#bannerShown) {
      this.#bannerShown = disk?.what ?? '';
      this.#feed.everythingChanged(() => this.#snapshot());
    }
    for (const runner of this.#fleet.all) {
      const { phase } = runner.unit;
      if (phase.state === 'blocked' && runner.unit.desired === 'running') void this.#retryBlocked(runner, phase.on);
    }
    if (this.#feed.size > 0) {
      for (const runner of this.#sampler.sample(this.#fleet.all, TICK_MS / 2)) this.#host.changed(runner);
    }
    this.#endWhenIdle();
  }

  async #retryBlocked(runner: UnitRunner, on: Parameters<typeof mayTryAgain>[0]): Promise<void> {
    const epoch = runner.unit.epoch;
    const may = await mayTryAgain(on, {
      spec: runner.spec,
      diskFull: this.#disk.isFull(),
      logPath: logPath(this.#options.paths.runtimeDir, runner.name),
    });
    if (may && runner.unit.epoch === epoch) runner.dispatch({ type: 'unblocked' });
  }

  async #keepLogSmall(server: string, bytes: number): Promise<void> {
    if (bytes <= this.#logLimits.maxBytes) return;
    const { method, archivedBytes, droppedBytes, problem } = await rotateRunning(
      logPath(this.#options.paths.runtimeDir, server),
      this.#logLimits,
    );
    if (problem) this.#note(server, 'log', problemSentence(problem));
    else if (method !== 'none')
      this.#note(server, 'log', `log rotated (${method}): ${archivedBytes} bytes archived, ${droppedBytes} dropped`);
  }

  /** Nothing wanted and nobody attached for a while: an embedded supervisor has no reason to stay. */
  #endWhenIdle(): void {
    const busy =
      this.clients > 0 ||
      this.#feed.size > 0 ||
      this.#fleet.all.some(({ unit }) => unit.desired === 'running' || unit.live);
    if (busy || this.#options.mode !== 'detached') this.#idleSince = performance.now();
    if (this.#idleExitMs === 0 || performance.now() - this.#idleSince < this.#idleExitMs) return;
    this.#note(null, 'supervisor', `nothing to do for ${formatDuration(this.#idleExitMs)}: ending`);
    void this.close();
  }

  #info(): SupervisorInfo {
    const { installation, paths, mode } = this.#options;
    return {
      pid: process.pid,
      version: installation.version,
      startedAt: this.#startedAt,
      runtimeDir: paths.runtimeDir,
      mode,
      clients: this.clients,
    };
  }

  #snapshot(): Snapshot {
    const banner = this.#disk.banner();
    return {
      supervisor: this.#info(),
      registry: this.#registryView(),
      units: this.#fleet.all.map((runner) => runner.view()),
      banners: [...(banner ? [banner] : []), ...this.#settingsProblems],
    };
  }

  #registryView(): RegistryView {
    const state = this.#registry.current;
    const ofEntries = state.entries.flatMap(({ problems, warnings }) => [...problems, ...warnings]);
    return { path: this.#options.paths.registryFile, problems: [...state.problems, ...ofEntries] };
  }

  #context(runEnv: Readonly<Record<string, string>>, path: string | null): ResolveContext {
    const { env, paths, installation } = this.#options;
    return {
      env: path === null ? env : { ...env, PATH: path },
      paths,
      node: process.execPath,
      cockpit: installation.root,
      runEnv,
      hubToken: this.#hubToken,
    };
  }

  #resolve(name: string, runEnv: Readonly<Record<string, string>>, path: string | null): Result<LaunchSpec> {
    return this.#fleet.resolve(name, this.#context(runEnv, path));
  }

  #note(server: string | null, kind: string, text: string): void {
    try {
      this.#journal.note(Date.now(), server, kind, text);
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
    }
  }

  #makeHost(): UnitHost {
    const { runtimeDir } = this.#options.paths;
    return {
      runtimeDir,
      exitWatch: new ExitWatch(),
      logClock: new LogClock(runtimeDir, (server, bytes) => void this.#keepLogSmall(server, bytes)),
      launchSlots: new Slots(SPAWNS_AT_ONCE),
      probeSlots: new Slots(PROBES_AT_ONCE),
      logLimits: this.#logLimits,
      probeStretch: () => Math.max(1, this.#fleet.size / 50),
      resolve: (name, runEnv, path) => this.#resolve(name, runEnv, path),
      diskFull: () => this.#disk.isFull(),
      save: (record) => this.#save(record),
      note: (server, kind, text) => {
        this.#note(server, kind, text);
        const level = MESSAGE_LEVELS[kind];
        if (level) this.#feed.emit({ type: 'message', at: Date.now(), level, server, text: `${server}: ${text}` });
      },
      changed: (runner) => this.#feed.unitChanged(runner.name, () => runner.view()),
      forget: (runner) => {
        this.#fleet.remove(runner);
        this.#records.delete(runner.name);
        this.#journal.forget(runner.name);
        this.#feed.everythingChanged(() => this.#snapshot());
      },
    };
  }

  #save(record: UnitRecord): boolean {
    this.#records.set(record.name, record);
    try {
      this.#journal.save(record);
      writePidFile(this.#options.paths.runtimeDir, record);
      return true;
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      return false;
    }
  }
}

/** Which notes a person should see once, and how loudly. */
const MESSAGE_LEVELS: Readonly<Record<string, 'info' | 'warn' | 'error'>> = {
  adopted: 'info',
  recovered: 'info',
  degraded: 'warn',
  unhealthy: 'warn',
  failed: 'warn',
  blocked: 'error',
  crashed: 'error',
  survivors: 'error',
};

/** `<server>.pid` is for people and scripts; the journal is what we go by. */
function writePidFile(runtimeDir: string, { name, identity }: UnitRecord): void {
  const path = join(runtimeDir, `${name}.pid`);
  if (identity) writeFileSync(path, `${identity.pid}\n`, { mode: 0o600 });
  else rmSync(path, { force: true });
}

function catalogView(catalog: NonNullable<UnitRunner['catalog']>): Omit<NonNullable<UnitDetail['catalog']>, 'takenAt'> {
  const { serverName, serverVersion, instructions, tools, prompts, resources } = catalog;
  return { serverName, serverVersion, instructions, tools, prompts, resources };
}
