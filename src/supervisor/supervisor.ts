import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatDuration } from '../registry/duration.ts';
import { ensureDirectory } from '../registry/ensure-directory.ts';
import { ensureHubToken } from '../registry/hub-token.ts';
import type { LaunchSpec } from '../registry/launch-spec.ts';
import { maskEntry, maskInline } from '../registry/mask.ts';
import type { Paths } from '../registry/paths.ts';
import { ProblemError, problemSentence, type Result } from '../registry/problem.ts';
import { RegistryFile } from '../registry/registry-file.ts';
import type { ResolveContext } from '../registry/resolve-entry.ts';
import { readSettings, type SettingsState } from '../registry/settings.ts';
import type {
  CallOutcome,
  CallRequest,
  ClientsView,
  Outcome,
  RegistryView,
  ServerTools,
  Snapshot,
  StartOptions,
  SupervisorApi,
  SupervisorEvent,
  SupervisorInfo,
  TrafficDetail,
  TrafficPage,
  TrafficQuery,
  UnitDetail,
  UnitView,
} from './api.ts';
import { DiskWatch } from './disk-watch.ts';
import { EventFeed } from './event-feed.ts';
import { Fleet } from './fleet.ts';
import { FleetAccess } from './fleet-access.ts';
import { Housekeeping, TICK_MS } from './housekeeping.ts';
import { type HubSide, NO_CLIENTS, NO_TRAFFIC, type OpenHub } from './hub-side.ts';
import type { Installation } from './installation.ts';
import { Ledger } from './ledger.ts';
import { acquireLock, type SupervisorLock } from './lock.ts';
import { logPath } from './logs/log-file.ts';
import { rotateRunning } from './logs/rotate.ts';
import { LogClock } from './logs/time-index.ts';
import { messageLevel } from './message-level.ts';
import { ENDED_MEANWHILE, startOutcome, startSettled, stopSettled, unknownOutcome } from './outcomes.ts';
import { ExitWatch } from './process/exit-watch.ts';
import { treeOf } from './process/tree.ts';
import { recoverUnits } from './recover-units.ts';
import { Sampler } from './sampler.ts';
import { Slots } from './units/slots.ts';
import { NO_STARTER, type Starter, type UnitHost } from './units/unit-host.ts';
import type { UnitRunner } from './units/unit-runner.ts';

export interface SupervisorOptions {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly installation: Installation;
  readonly mode: SupervisorInfo['mode'];
  /** Start what is wanted: desired = running, and `autostart` entries never touched. False for a mere stop. */
  readonly bringUp: boolean;
  /** Opens the hub; null where none is wanted (a command that only came to stop something). */
  readonly openHub: OpenHub | null;
  /** Called once the supervisor has let go of everything, by `shutdown` or by being idle. */
  onEnded?(): void;
}

const SPAWNS_AT_ONCE = 8;
const PROBES_AT_ONCE = 4;
const HISTORY_SHOWN = 200;
/** So many units are probed as often as their entries say; more of them share the same effort. */
const UNITS_AT_FULL_PACE = 50;

/**
 * The engine: owns the units of one runtime directory. Exclusive by its lock, the only writer of the journal.
 * Reading order: `machine.ts` (what can happen), `units/unit-work.ts` (one unit at work), this file (all of them).
 */
export class Supervisor implements SupervisorApi {
  readonly #options: SupervisorOptions;
  readonly #lock: SupervisorLock;
  readonly #hubToken: string;
  readonly #settings: SettingsState;
  readonly #ledger: Ledger;
  readonly #registry: RegistryFile;
  readonly #disk: DiskWatch;
  readonly #host: UnitHost;
  readonly #housekeeping: Housekeeping;
  readonly #hub: HubSide | null;
  readonly #fleet = new Fleet();
  readonly #access = new FleetAccess(this.#fleet);
  readonly #feed = new EventFeed(() => this.#hub?.view() ?? null);
  readonly #sampler = new Sampler();
  readonly #startedAt = Date.now();
  /** Units of an earlier supervisor are dealt with before anything new starts. */
  #recovered = false;
  #ending: Promise<void> | null = null;
  /** Commands and cockpits attached to the control socket; kept by its server. */
  attached = 0;

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
    const { paths } = options;
    this.#options = options;
    this.#lock = lock;
    this.#hubToken = ensureHubToken(paths.runtimeDir);
    this.#settings = readSettings(paths.settingsFile);
    this.#ledger = new Ledger(paths.runtimeDir);
    this.#disk = new DiskWatch(paths.runtimeDir);
    this.#registry = new RegistryFile(paths.registryFile);
    this.#host = this.#makeHost();
    this.#hub = this.#makeHub();
    this.#housekeeping = this.#keepHouse();
  }

  async #begin(): Promise<void> {
    const { paths, bringUp } = this.#options;
    this.#applyRegistry();
    await recoverUnits({
      runtimeDir: paths.runtimeDir,
      fleet: this.#fleet,
      host: this.#host,
      records: this.#ledger.records,
      onlyLooking: !bringUp,
      resolve: (name) => this.#resolve(name, NO_STARTER),
    });
    this.#recovered = true;
    await this.#hub?.start();
    for (const runner of this.#fleet.all) this.#bringUp(runner);
    this.#registry.start(() => this.#applyRegistry());
  }

  /** It lets go of everything: whoever comes now has to wait for the next. */
  get isEnding(): boolean {
    return this.#ending !== null;
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
    const { identity, catalog, catalogAt } = runner;
    return {
      unit: this.#view(runner),
      entry: entry ? asObject(maskEntry(entry.raw)) : null,
      history: this.#ledger.history(name, HISTORY_SHOWN),
      catalog: catalog ? { ...catalog, takenAt: catalogAt } : null,
      processes: (identity ? treeOf(identity) : []).map(({ pid, ppid, command }) => ({
        pid,
        ppid,
        command: maskInline(command),
        memoryBytes: null,
      })),
    };
  }

  async start(names: readonly string[], options: StartOptions): Promise<readonly Outcome[]> {
    // Nothing is awaited before the command takes effect: commands count in the order they come.
    this.#registry.reload();
    return Promise.all(names.map((name) => this.#start(name, options, names.length > 1)));
  }

  async restart(names: readonly string[], options: StartOptions): Promise<readonly Outcome[]> {
    this.#registry.reload();
    return Promise.all(names.map((name) => this.#restart(name, options, names.length > 1)));
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

  async clients(): Promise<ClientsView> {
    return (await this.#hub?.clients()) ?? NO_CLIENTS;
  }

  async traffic(query: TrafficQuery): Promise<TrafficPage> {
    return this.#hub?.traffic(query) ?? NO_TRAFFIC;
  }

  async message(seq: number): Promise<TrafficDetail | null> {
    return this.#hub?.message(seq) ?? null;
  }

  async tools(names: readonly string[] | null): Promise<readonly ServerTools[]> {
    return this.#hub?.tools(names) ?? [];
  }

  async acceptTools(server: string): Promise<void> {
    this.#hub?.acceptTools(server);
  }

  async call(request: CallRequest): Promise<CallOutcome> {
    return (await this.#hub?.call(request)) ?? { ok: false, problem: NO_HUB };
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
    this.#housekeeping.stop();
    this.#registry.stop();
    await this.#hub?.close();
    await Promise.all(this.#fleet.all.map((runner) => runner.release()));
    this.#host.exitWatch.close();
    this.#host.logClock.close();
    this.#feed.end('the supervisor ended');
    this.#ledger.close();
    if (this.#lock.isValid()) rmSync(join(this.#options.paths.runtimeDir, 'supervisor.pid'), { force: true });
    this.#lock.release();
    this.#options.onEnded?.();
  }

  async #start(name: string, options: StartOptions, oneOfMany: boolean): Promise<Outcome> {
    const runner = this.#fleet.get(name);
    if (!runner) return unknownOutcome(name);
    const { live, phase } = runner.unit;
    const running = live && phase.state !== 'stopping' && phase.state !== 'needs-auth';
    if (!running) runner.prepare(options);
    if (phase.state === 'needs-auth') runner.dispatch({ type: 'restart' });
    else runner.dispatch({ type: 'start', wake: !oneOfMany, by: 'person' });
    return this.#settle(runner, options, running ? 'already running' : 'started', oneOfMany);
  }

  async #restart(name: string, options: StartOptions, oneOfMany: boolean): Promise<Outcome> {
    const runner = this.#fleet.get(name);
    if (!runner) return unknownOutcome(name);
    runner.prepare(options);
    runner.dispatch({ type: 'restart' });
    return this.#settle(runner, options, 'restarted', oneOfMany);
  }

  async #settle(runner: UnitRunner, options: StartOptions, verb: string, oneOfMany: boolean): Promise<Outcome> {
    const waitMs = options.waitMs ?? runner.startupMs;
    if (waitMs > 0) await runner.until(startSettled, waitMs);
    const { pid, cause } = runner.view();
    return startOutcome({ name: runner.name, unit: runner.unit, pid, problem: cause, oneOfMany }, verb, waitMs > 0);
  }

  async #stop(name: string): Promise<Outcome> {
    const runner = this.#fleet.get(name);
    if (!runner) return unknownOutcome(name);
    const { live: ran, run } = runner.unit;
    runner.work.signalled = [];
    runner.dispatch({ type: 'stop' });
    const isGone = await runner.until((unit) => stopSettled(unit, run), null);
    const { state, cause } = runner.view();
    const base = { name, state, pid: null, signalled: runner.work.signalled };
    if (!isGone) return { ...base, ok: false, verb: 'stopping', problem: ENDED_MEANWHILE };
    if (state === 'foreign') return { ...base, ok: false, verb: 'refused', problem: cause };
    return { ...base, ok: true, verb: ran ? 'stopped' : 'already stopped', problem: null };
  }

  /** Starts what is wanted: desired = running, or `autostart` and never touched. What was given up stays given up. */
  #bringUp(runner: UnitRunner): void {
    const { desired, crashed } = runner.record;
    const wanted = desired === 'running' || (desired === null && runner.spec?.autostart === true);
    if (!this.#options.bringUp || !wanted || runner.unit.live) return;
    runner.dispatch(crashed ? { type: 'recalled-crash' } : { type: 'start', wake: false, by: 'boot' });
  }

  #applyRegistry(): void {
    const added = this.#fleet.apply(
      this.#registry.current,
      this.#host,
      () => this.#context(NO_STARTER),
      (name) => this.#ledger.records.get(name) ?? null,
    );
    for (const runner of this.#recovered ? added : []) this.#bringUp(runner);
    this.#hub?.serversChanged();
    this.#everythingChanged();
  }

  #unitChanged(name: string): void {
    const runner = this.#fleet.get(name);
    if (runner) this.#feed.unitChanged(name, () => this.#view(runner));
    this.#access.changed(name);
  }

  #view(runner: UnitRunner): UnitView {
    return { ...runner.view(), traffic: this.#hub?.trafficOf(runner.name) ?? null };
  }

  #everythingChanged(): void {
    this.#feed.everythingChanged(() => this.#snapshot());
  }

  async #keepLogSmall(server: string, bytes: number): Promise<void> {
    const { log } = this.#settings.settings;
    if (bytes <= log.maxBytes) return;
    const rotation = await rotateRunning(logPath(this.#options.paths.runtimeDir, server), log);
    const { method, archivedBytes, droppedBytes, problem } = rotation;
    if (problem) this.#ledger.note(server, 'log', problemSentence(problem));
    else if (method !== 'none') {
      this.#ledger.note(server, 'log', `rotated (${method}): ${archivedBytes} bytes archived, ${droppedBytes} dropped`);
    }
  }

  #info(): SupervisorInfo {
    const { installation, paths, mode } = this.#options;
    const { version } = installation;
    const { runtimeDir } = paths;
    return { pid: process.pid, version, startedAt: this.#startedAt, runtimeDir, mode, clients: this.attached };
  }

  #snapshot(): Snapshot {
    const banner = this.#disk.banner();
    return {
      supervisor: this.#info(),
      registry: this.#registryView(),
      units: this.#fleet.all.map((runner) => this.#view(runner)),
      hub: this.#hub?.view() ?? null,
      banners: [...(banner ? [banner] : []), ...this.#settings.problems],
    };
  }

  #registryView(): RegistryView {
    const { problems, entries } = this.#registry.current;
    return {
      path: this.#options.paths.registryFile,
      problems: [...problems, ...entries.flatMap((entry) => entry.problems)],
      warnings: entries.flatMap((entry) => entry.warnings),
    };
  }

  #context({ runEnv, callerEnv }: Starter): ResolveContext {
    const { env, paths, installation } = this.#options;
    const node = process.execPath;
    return { env: { ...env, ...callerEnv }, paths, node, cockpit: installation.root, runEnv, hubToken: this.#hubToken };
  }

  #resolve(name: string, starter: Starter): Result<LaunchSpec> {
    return this.#fleet.resolve(name, this.#context(starter));
  }

  #makeHub(): HubSide | null {
    const { openHub, paths, installation } = this.#options;
    return (
      openHub?.({
        access: this.#access,
        token: this.#hubToken,
        settings: this.#settings.settings.hub,
        runtimeDir: paths.runtimeDir,
        home: paths.home,
        version: installation.version,
        changed: () => this.#everythingChanged(),
        note: (server, kind, text) => this.#note(server, kind, text),
      }) ?? null
    );
  }

  #note(server: string | null, kind: string, text: string): void {
    this.#ledger.note(server, kind, text);
    const level = messageLevel(kind);
    if (level) this.#feed.emit({ type: 'message', at: Date.now(), level, server, text });
  }

  #makeHost(): UnitHost {
    const { bringUp, paths } = this.#options;
    const { runtimeDir } = paths;
    return {
      runtimeDir,
      exitWatch: new ExitWatch(),
      logClock: new LogClock(runtimeDir, (server, bytes) => void this.#keepLogSmall(server, bytes)),
      launchSlots: new Slots(SPAWNS_AT_ONCE),
      probeSlots: new Slots(PROBES_AT_ONCE),
      logLimits: this.#settings.settings.log,
      mayLaunch: () => bringUp && this.#lock.isValid(),
      probeStretch: () => Math.max(1, this.#fleet.size / UNITS_AT_FULL_PACE),
      resolve: (name, starter) => this.#resolve(name, starter),
      diskFull: () => this.#disk.isFull(),
      save: (record) => this.#ledger.save(record),
      note: (server, kind, text) => this.#note(server, kind, text),
      changed: (name) => this.#unitChanged(name),
      forget: (name) => {
        this.#fleet.remove(name);
        this.#ledger.forget(name);
        this.#everythingChanged();
      },
    };
  }

  #keepHouse(): Housekeeping {
    const { paths, mode } = this.#options;
    const { idleExitMs } = this.#settings.settings;
    return new Housekeeping({
      runtimeDir: paths.runtimeDir,
      fleet: this.#fleet,
      disk: this.#disk,
      sampler: this.#sampler,
      idleExitMs: mode === 'detached' ? idleExitMs : 0,
      isOurs: () => this.#lock.isValid(),
      isWatched: () => this.attached > 0 || this.#feed.size > 0,
      isUsed: () => this.#hub?.isBusy ?? false,
      onBannerChanged: () => this.#everythingChanged(),
      onUsageChanged: ({ name }) => this.#unitChanged(name),
      onIdle: () => {
        this.#ledger.note(null, 'supervisor', `nothing to do for ${formatDuration(idleExitMs)}: ending`);
        void this.close();
      },
      // Whoever comes next finds what runs by its nonce; two of us would undo each other's work.
      onLost: () => void this.close(),
    });
  }
}

const NO_HUB = { what: 'no hub runs here', next: 'mcp supervisor restart' };

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}
