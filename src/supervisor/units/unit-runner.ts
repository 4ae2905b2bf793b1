import { setTimeout as sleep } from 'node:timers/promises';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import type { Problem } from '../../registry/problem.ts';
import type { ExitView, UnitView } from '../api.ts';
import { emptyRecord, type UnitRecord } from '../journal.ts';
import { logPath } from '../logs/log-file.ts';
import { rotateOnStart } from '../logs/rotate.ts';
import { type Blocker, type Effect, type Event, newUnit, next, type Unit, visibleState } from '../machine.ts';
import { newNonce } from '../nonce.ts';
import { type ProcessIdentity, startedAt } from '../process/identity.ts';
import { realServer, treeOf } from '../process/tree.ts';
import { exitProblem } from './exit-problem.ts';
import { passGate } from './gate.ts';
import { connectionTarget, DEFAULT_STOP, rulesOf } from './spec.ts';
import { UnitConnection } from './unit-connection.ts';
import type { UnitHost } from './unit-host.ts';
import { exitFilePath, UnitProcess } from './unit-process.ts';

const PROBES_KEPT = 30;
const DEFAULT_STARTUP_MS = 60_000;
/** `ready` waits this long for the list of tools, so that it is usually there when somebody is told. */
const CATALOG_PATIENCE_MS = 500;

/** One unit at work: feeds the state machine and carries out its effects. The only place where a unit's state changes. */
export class UnitRunner {
  readonly name: string;
  readonly #host: UnitHost;
  #unit: Unit;
  #record: UnitRecord;
  #spec: LaunchSpec | null = null;
  #process: UnitProcess | null = null;
  #connection: UnitConnection | null = null;
  #launching: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #runEnv: Readonly<Record<string, string>> = {};
  #probes: readonly (number | null)[] = [];
  #killAt: number | null = null;
  #legacyTried = false;
  #serverPid: number | null = null;
  readonly #waiters = new Set<() => void>();
  /** Filled by the sampler; null until it looked. */
  usage: { readonly cpuPercent: number | null; readonly memoryBytes: number | null } = {
    cpuPercent: null,
    memoryBytes: null,
  };
  title: string;
  entryChanged = false;
  /** Why the entry cannot be used as it stands; null when it can. */
  entryProblem: Problem | null = null;
  /** Which pids needed which signal in the last stop. */
  signalled: readonly { readonly pid: number; readonly signal: string }[] = [];

  constructor(name: string, host: UnitHost, record: UnitRecord | null, now: number) {
    this.name = name;
    this.title = name;
    this.#host = host;
    this.#record = record ?? emptyRecord(name);
    this.#unit = {
      ...newUnit(name, rulesOf(null), now),
      desired: this.#record.desired ?? 'stopped',
      failures: this.#record.failures,
      restarts: this.#record.restarts,
    };
  }

  get unit(): Unit {
    return this.#unit;
  }

  get record(): UnitRecord {
    return this.#record;
  }

  get spec(): LaunchSpec | null {
    return this.#spec;
  }

  get autostart(): boolean {
    return this.#spec?.autostart ?? false;
  }

  /** How long a start may take before the caller is told that it goes on. Milliseconds. */
  get startupMs(): number {
    return this.#spec?.health.startupMs || DEFAULT_STARTUP_MS;
  }

  get catalog(): UnitConnection['catalog'] {
    return this.#connection?.catalog ?? null;
  }

  get catalogAt(): number {
    return this.#connection?.catalogAt ?? 0;
  }

  get identity(): ProcessIdentity | null {
    return this.#process?.identity ?? null;
  }

  /** The real server below shells and wrappers, as the sampler found it. */
  set serverPid(pid: number | null) {
    this.#serverPid = pid;
  }

  /** Extra variables and PATH of the command that asked for the coming start. */
  prepare(env: Readonly<Record<string, string>>): void {
    const { PATH: path, ...others } = env;
    this.#runEnv = others;
    if (path !== undefined) this.#record = { ...this.#record, path };
    this.#legacyTried = false;
  }

  dispatch(event: Event): void {
    const before = this.#unit;
    const step = next(before, event, { now: Date.now(), random: Math.random(), diskFull: this.#host.diskFull() });
    this.#unit = step.unit;
    if (step.unit.phase !== before.phase && step.unit.phase.state !== 'stopping') this.#killAt = null;
    this.#persist();
    for (const effect of step.effects) this.#perform(effect);
    if (step.unit !== before) {
      this.#host.changed(this);
      for (const wake of [...this.#waiters]) wake();
    }
  }

  /** Resolves when `settled` holds, or after `waitMs` (null: no limit). True when it holds. */
  async until(settled: (unit: Unit) => boolean, waitMs: number | null): Promise<boolean> {
    if (settled(this.#unit)) return true;
    const done = Promise.withResolvers<boolean>();
    const look = (): void => {
      if (settled(this.#unit)) done.resolve(true);
    };
    this.#waiters.add(look);
    const timer = waitMs === null ? null : setTimeout(() => done.resolve(settled(this.#unit)), waitMs);
    try {
      return await done.promise;
    } finally {
      if (timer) clearTimeout(timer);
      this.#waiters.delete(look);
    }
  }

  /** The entry as it is now; null when it is gone, `changed` when it is not what it was. */
  entryIs(spec: LaunchSpec | null, changed: boolean): void {
    if (spec) this.title = spec.title;
    const hash = spec?.hash ?? null;
    this.entryChanged = this.#unit.live && hash !== null && this.#record.hash !== null && hash !== this.#record.hash;
    if (!this.#unit.live) this.#spec = spec;
    if (changed) this.dispatch({ type: 'entry-changed', rules: rulesOf(spec) });
    else this.#unit = { ...this.#unit, rules: rulesOf(spec), configured: true };
    this.#host.changed(this);
  }

  /** Takes over what an earlier supervisor started. */
  adopt(identity: ProcessIdentity, spec: LaunchSpec | null, ready: boolean): void {
    this.#spec = spec ?? this.#spec;
    this.#process = this.#newProcess(identity.nonce);
    this.#connection = new UnitConnection(this.#record.era);
    this.#record = { ...this.#record, nonce: identity.nonce, identity };
    this.#host.logClock.track(this.name);
    this.dispatch({ type: 'adopted', ready });
    this.#process.adopt(identity);
  }

  /** Ends what is left of an earlier process before anything new starts. */
  endLeftover(identity: ProcessIdentity): void {
    this.#process = this.#newProcess(identity.nonce);
    this.#process.adopt(identity);
    this.dispatch({ type: 'leftover' });
  }

  /** What an earlier supervisor knew at its end, for a unit of which nothing runs. */
  recall(exit: ExitView | null): void {
    if (exit) this.#unit = { ...this.#unit, lastExit: exit };
  }

  /** The supervisor goes away: HTTP servers live on, what needs our pipes ends. Desired states stay. */
  async release(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    await this.#launching.catch(() => undefined);
    const needsUs = this.#spec?.transport === 'stdio';
    const process = this.#process;
    this.#unit = { ...this.#unit, run: this.#unit.run + 1 };
    await this.#connection?.close();
    if (!process) return;
    process.onExit = () => undefined;
    if (!needsUs) return process.release();
    await process.terminate(this.#spec?.stop ?? DEFAULT_STOP, () => undefined);
    this.#record = { ...this.#record, nonce: null, identity: null };
    this.#host.save(this.#record);
  }

  view(): UnitView {
    const unit = this.#unit;
    const identity = unit.live ? this.identity : null;
    const state = visibleState(unit);
    const invalid = this.entryProblem !== null && !unit.live && state !== 'foreign';
    return {
      name: this.name,
      title: this.title,
      state: invalid ? 'blocked' : state,
      desired: unit.desired,
      transport: this.#spec?.transport ?? 'http',
      port: this.#spec?.port ?? this.#record.port,
      pid: identity ? (this.#serverPid ?? identity.pid) : null,
      startedAt: identity ? startedAt(identity.startTicks) : null,
      stateSince: unit.since,
      cpuPercent: identity ? this.usage.cpuPercent : null,
      memoryBytes: identity ? this.usage.memoryBytes : null,
      toolCount: this.catalog?.tools.length ?? null,
      probes: this.#probes,
      era: this.#connection?.peer?.era ?? null,
      revision: this.#connection?.peer?.revision ?? null,
      cause: invalid ? this.entryProblem : unit.cause,
      retry:
        unit.phase.state === 'backoff'
          ? { attempt: unit.phase.attempt, max: unit.rules.max, nextAt: unit.phase.nextAt }
          : null,
      restarts: unit.restarts,
      lastExit: unit.lastExit,
      entryChanged: this.entryChanged,
      logPath: logPath(this.#host.runtimeDir, this.name),
      killAt: this.#killAt,
    };
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'launch':
        this.#launching = this.#launch(effect.run);
        break;
      case 'terminate':
        void this.#terminate(effect.run);
        break;
      case 'await-gate':
        this.#gate = this.#awaitGate(effect.run);
        break;
      case 'keep-probing':
        void this.#keepProbing(effect.run);
        break;
      case 'wait':
        this.#wait(effect.epoch, effect.until);
        break;
      case 'note':
        this.#host.note(this.name, effect.kind, effect.text);
        break;
      case 'forget':
        this.#host.forget(this);
    }
  }

  async #launch(run: number): Promise<void> {
    const resolved = this.#host.resolve(this.name, this.#runEnv, this.#record.path);
    if (!resolved.ok) return this.dispatch({ type: 'launch-failed', run, problem: resolved.problem, blocker: 'entry' });
    const spec = resolved.value;
    this.#spec = spec;
    this.#unit = { ...this.#unit, rules: rulesOf(spec) };
    this.entryChanged = false;
    await this.#connection?.close();
    const sameContent = this.#record.hash === spec.hash;
    this.#connection = new UnitConnection(sameContent ? this.#record.era : null);
    this.#record = { ...this.#record, hash: spec.hash, transport: spec.transport, port: spec.port };
    this.#probes = [];
    if (spec.transport === 'remote') {
      void this.#reachRemote(run);
      return;
    }
    await this.#host.launchSlots.run(() => this.#spawn(run, spec));
  }

  async #spawn(run: number, spec: LaunchSpec): Promise<void> {
    if (this.#isStale(run)) return;
    const process = this.#newProcess(newNonce(this.#host.runtimeDir, this.name));
    this.#process = process;
    this.#serverPid = null;
    this.usage = { cpuPercent: null, memoryBytes: null };
    this.#record = { ...this.#record, nonce: process.nonce, identity: null, wasReady: false };
    if (!this.#host.save(this.#record)) {
      const problem: Problem = {
        what: 'its start could not be recorded',
        why: 'the runtime directory cannot be written (is the disk full?)',
        next: 'free some space; it goes on by itself',
      };
      return this.#launchFailed(run, problem, 'disk');
    }
    await rotateOnStart(logPath(this.#host.runtimeDir, this.name), this.#host.logLimits);
    process.onExit = (exit) => void this.#onExit(run, exit);
    const launched = await process.launch(spec);
    if (!launched.ok) return this.#launchFailed(run, launched.problem, launched.blocker);
    this.#record = { ...this.#record, identity: launched.identity };
    this.#host.save(this.#record);
    this.#host.logClock.track(this.name);
    this.#host.note(this.name, 'started', `pid ${launched.identity.pid}`);
    this.#host.changed(this);
    this.#gate = this.#awaitGate(run);
  }
  #gate: Promise<void> = Promise.resolve();
  /** The run whose leader is known to have ended: its gate has nothing to wait for. */
  #exitedRun = 0;

  #launchFailed(run: number, problem: Problem, blocker: Blocker | null): void {
    this.#process = null;
    this.#record = { ...this.#record, nonce: null, identity: null };
    this.dispatch({ type: 'launch-failed', run, problem, blocker });
  }

  async #terminate(run: number): Promise<void> {
    await this.#launching.catch(() => undefined);
    if (this.#unit.run !== run) return;
    const process = this.#process;
    await this.#connection?.close();
    if (process) {
      const ended = await process.terminate(this.#spec?.stop ?? DEFAULT_STOP, (at) => {
        this.#killAt = at;
        this.#host.changed(this);
      });
      this.signalled = ended.signalled;
      if (ended.survivors.length > 0)
        this.#host.note(this.name, 'survivors', `still alive after SIGKILL: pids ${ended.survivors.join(', ')}`);
    }
    if (this.#process === process) this.#process = null;
    this.#serverPid = null;
    this.#host.logClock.untrack(this.name);
    this.#record = { ...this.#record, nonce: null, identity: null, wasReady: false };
    this.dispatch({ type: 'tree-empty', run });
  }

  async #onExit(run: number, exit: ExitView): Promise<void> {
    // A stdio server that ends on the very first question is asked in the older way once; the gate says whether it did.
    this.#exitedRun = run;
    if (this.#unit.phase.state === 'starting' && this.#spec?.transport === 'stdio') await this.#gate;
    if (this.#isStale(run)) return;
    const problem = exitProblem(exit, logPath(this.#host.runtimeDir, this.name), this.#spec?.secrets ?? [], this.name);
    this.dispatch({ type: 'exited', run, exit, problem });
  }

  async #awaitGate(run: number): Promise<void> {
    const { identity } = this;
    const spec = this.#spec;
    const connection = this.#connection;
    if (!identity || !spec || !connection) return;
    const outcome = await passGate({
      spec,
      identity,
      connection,
      channel: this.#process?.channel ?? null,
      stale: () => this.#isStale(run) || this.#exitedRun === run || this.#unit.phase.state !== 'starting',
      waiting: (problem) => this.dispatch({ type: 'gate-waiting', run, problem }),
      legacyTried: this.#legacyTried,
    });
    if (this.#isStale(run)) return;
    if (outcome.type === 'relaunch') {
      this.#legacyTried = true;
      this.#record = { ...this.#record, era: 'legacy' };
      return this.dispatch({ type: 'relaunch', run });
    }
    if (outcome.type === 'passed') {
      this.#serverPid = realServer(treeOf(identity), identity.pid);
      this.#connected(outcome.latencyMs);
      await Promise.race([connection.refreshCatalog(), sleep(CATALOG_PATIENCE_MS, undefined, { ref: false })]);
      if (this.#isStale(run)) return;
    }
    if (outcome.type !== 'stale') this.dispatch(outcome.event(run));
  }

  async #reachRemote(run: number): Promise<void> {
    const outcome = await this.#ask(run);
    if (this.#isStale(run) || !outcome) return;
    this.dispatch(outcome.type === 'probe-passed' ? { type: 'gate-passed', run } : outcome);
  }

  /** Asks the unit every interval (±10 %) whether it is well, until the run is over. One question at a time (R12). */
  async #keepProbing(run: number): Promise<void> {
    const mine = this.#probing + 1;
    this.#probing = mine;
    for (;;) {
      const interval = (this.#spec?.health.intervalMs ?? 10_000) * this.#host.probeStretch();
      await sleep(interval * (0.9 + 0.2 * Math.random()), undefined, { ref: false });
      if (mine !== this.#probing || !this.#isProbed(run)) return;
      const event = await this.#host.probeSlots.run(() => this.#ask(run));
      if (mine !== this.#probing || !this.#isProbed(run) || !event) return;
      this.dispatch(event);
    }
  }
  #probing = 0;

  async #ask(run: number): Promise<Extract<Event, { type: 'probe-passed' | 'probe-failed' | 'auth-needed' }> | null> {
    const spec = this.#spec;
    const connection = this.#connection;
    if (!spec || !connection) return null;
    if (spec.transport === 'remote' && spec.missingVariables.length > 0) {
      const names = spec.missingVariables.join(', ');
      const problem: Problem = {
        what: `needs ${names}`,
        why: 'it is not set, so no request was made',
        next: `set ${names} in your shell, or in "env" or "env_file" of ${this.name}, then: mcp ${this.name} restart`,
      };
      return { type: 'auth-needed', run, problem };
    }
    const target = connectionTarget(spec, this.#process?.channel ?? null);
    if (!target) return null;
    const answer = await connection.probe(target, spec.health.timeoutMs);
    if (this.#isStale(run)) return null;
    if (answer.ok) {
      this.#connected(answer.latencyMs);
      return { type: 'probe-passed', run };
    }
    this.#pushProbe(null);
    return { type: answer.kind === 'auth' ? 'auth-needed' : 'probe-failed', run, problem: answer.problem };
  }

  #connected(latencyMs: number): void {
    this.#pushProbe(latencyMs);
    const connection = this.#connection;
    if (!connection) return;
    if (connection.era !== this.#record.era) this.#record = { ...this.#record, era: connection.era };
    connection.onCatalog = () => this.#host.changed(this);
    if (!connection.catalog && this.#unit.phase.state !== 'starting') void connection.refreshCatalog();
  }

  #pushProbe(latencyMs: number | null): void {
    this.#probes = [...this.#probes, latencyMs === null ? null : Math.round(latencyMs * 10) / 10].slice(-PROBES_KEPT);
    this.#host.changed(this);
  }

  #wait(epoch: number, until: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dispatch({ type: 'timer', epoch }), Math.max(0, until - Date.now()));
  }

  #persist(): void {
    const unit = this.#unit;
    const wasReady =
      unit.phase.state === 'ready' ||
      unit.phase.state === 'degraded' ||
      (this.#record.wasReady && unit.phase.state === 'stopping');
    const touched = this.#record.desired !== null || unit.desired === 'running' || unit.epoch > 0;
    const record: UnitRecord = {
      ...this.#record,
      desired: touched ? unit.desired : null,
      wasReady,
      crashed: unit.phase.state === 'crashed',
      failures: unit.failures,
      restarts: unit.restarts,
    };
    const changed = JSON.stringify(record) !== this.#saved;
    this.#record = record;
    if (changed && this.#host.save(record)) this.#saved = JSON.stringify(record);
  }
  #saved = '';

  #newProcess(nonce: string): UnitProcess {
    const path = logPath(this.#host.runtimeDir, this.name);
    const errorLogPath = this.#spec?.log === 'split' ? logPath(this.#host.runtimeDir, `${this.name}.err`) : null;
    return new UnitProcess(
      nonce,
      { logPath: path, errorLogPath, exitFile: exitFilePath(this.#host.runtimeDir, this.name) },
      this.#host.exitWatch,
    );
  }

  #isStale(run: number): boolean {
    return this.#unit.run !== run || !this.#unit.live;
  }

  #isProbed(run: number): boolean {
    return !this.#isStale(run) && ['ready', 'degraded', 'needs-auth'].includes(this.#unit.phase.state);
  }
}
