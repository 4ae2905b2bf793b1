import type { Catalog } from '../../protocol/catalog.ts';
import { timerDelay } from '../../registry/duration.ts';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import type { Problem } from '../../registry/problem.ts';
import type { StartOptions, UnitView } from '../api.ts';
import { emptyRecord, type UnitRecord } from '../journal.ts';
import { logPath } from '../logs/log-file.ts';
import { next } from '../machine.ts';
import type { ProcessIdentity } from '../process/identity.ts';
import { type Effect, type Event, newUnit, type Unit } from '../unit.ts';
import { rulesOf } from './spec.ts';
import { NO_STARTER, type Starter, type UnitHost } from './unit-host.ts';
import { NO_USAGE, type Usage, unitView } from './unit-view.ts';
import { UnitWork, type WorkOwner } from './unit-work.ts';

const DEFAULT_STARTUP_MS = 60_000;

/** One unit: feeds its state machine, records what must survive, hands effects to its work. The only place its state changes. */
export class UnitRunner implements WorkOwner {
  readonly name: string;
  readonly work: UnitWork;
  readonly #host: UnitHost;
  #unit: Unit;
  #record: UnitRecord;
  /** The record as it is on disk. */
  #saved = '';
  #starter: Starter = NO_STARTER;
  #timer: NodeJS.Timeout | null = null;
  #released = false;
  readonly #waiters = new Set<() => void>();
  title: string;
  /** Filled by the sampler. */
  usage: Usage = NO_USAGE;
  /** Why the entry cannot be used as it stands; null when it can. */
  entryProblem: Problem | null = null;
  #entryChanged = false;
  #calls = 0;
  #usedAt = performance.now();

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
    this.work = new UnitWork(this, host);
  }

  get unit(): Unit {
    return this.#unit;
  }

  get record(): UnitRecord {
    return this.#record;
  }

  get spec(): LaunchSpec | null {
    return this.work.spec;
  }

  get catalog(): Catalog | null {
    return this.work.connection?.catalog ?? null;
  }

  get catalogAt(): number {
    return this.work.connection?.catalogAt ?? 0;
  }

  get identity(): ProcessIdentity | null {
    return this.work.identity;
  }

  get starter(): Starter {
    const { path } = this.#record;
    const { runEnv, callerEnv } = this.#starter;
    return { runEnv, callerEnv: { ...callerEnv, ...(path !== null && { PATH: path }) } };
  }

  /** How long a start may take before the caller is told that it goes on. Milliseconds. */
  get startupMs(): number {
    return this.spec?.health.startupMs || DEFAULT_STARTUP_MS;
  }

  /** A call is under way until the returned function is called. */
  use(): () => void {
    this.#calls += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#calls -= 1;
      this.#usedAt = performance.now();
    };
  }

  /** A unit that nobody has called for as long as its entry says goes to sleep. */
  sleepIfUnused(): void {
    const { idleStopMs } = this.spec ?? { idleStopMs: null };
    if (idleStopMs === null || this.#calls > 0 || performance.now() - this.#usedAt < idleStopMs) return;
    this.dispatch({ type: 'unused' });
  }

  /** What the command that asks for the coming start brings along. PATH is recorded (F54), the rest is for this run. */
  prepare({ env = {}, callerEnv = {} }: StartOptions): void {
    this.#starter = { runEnv: env, callerEnv };
    if (callerEnv.PATH !== undefined) this.amend({ path: callerEnv.PATH });
    this.work.forgetEra();
  }

  dispatch(event: Event): void {
    if (this.#released) return;
    const before = this.#unit;
    const step = next(before, event, { now: Date.now(), random: Math.random(), diskFull: this.#host.diskFull() });
    this.#unit = step.unit;
    this.#record = recordOf(this.#record, step.unit);
    // A restart of our own records itself, with its intent, before anything is there. A person's command does not wait for that.
    const isOwn = event.type === 'tree-empty' || event.type === 'timer';
    if (!isOwn || !step.effects.some(({ type }) => type === 'launch')) this.save();
    for (const effect of step.effects) this.#perform(effect);
    if (step.unit === before) return;
    this.changed();
    for (const wake of [...this.#waiters]) wake();
  }

  /** Resolves when `settled` holds, after `waitMs` (null: no limit), or when the supervisor ends. True when it holds. */
  async until(settled: (unit: Unit) => boolean, waitMs: number | null): Promise<boolean> {
    if (settled(this.#unit)) return true;
    const done = Promise.withResolvers<boolean>();
    const look = (): void => {
      if (settled(this.#unit)) done.resolve(true);
      else if (this.#released) done.resolve(false);
    };
    this.#waiters.add(look);
    const timer = waitMs === null ? null : setTimeout(() => done.resolve(settled(this.#unit)), timerDelay(waitMs));
    try {
      return await done.promise;
    } finally {
      if (timer) clearTimeout(timer);
      this.#waiters.delete(look);
    }
  }

  /** The entry as it is in the registry now; null when it cannot be used. */
  entryIs(spec: LaunchSpec | null, changed: boolean): void {
    if (spec) this.title = spec.title;
    this.#entryChanged =
      spec !== null && this.#unit.live && this.#record.hash !== null && spec.hash !== this.#record.hash;
    this.work.spec = spec;
    if (changed) this.dispatch({ type: 'entry-changed', rules: rulesOf(spec) });
    else this.#unit = { ...this.#unit, rules: rulesOf(spec), configured: true };
    this.changed();
  }

  /** Takes over what an earlier supervisor started (R9). */
  adopt(identity: ProcessIdentity, spec: LaunchSpec | null, ready: boolean): void {
    this.work.adopt(identity, spec);
    this.dispatch({ type: 'adopted', ready });
    this.work.watchAdopted();
  }

  /** Ends what is left of an earlier process before anything new starts. */
  endLeftover(identity: ProcessIdentity, wanted: boolean): void {
    this.work.adopt(identity, null);
    this.dispatch({ type: 'leftover', wanted });
    this.work.watchAdopted();
  }

  /** The supervisor goes away; what is desired stays as it is. */
  async release(): Promise<void> {
    await this.work.release();
    this.#released = true;
    if (this.#timer) clearTimeout(this.#timer);
    for (const wake of [...this.#waiters]) wake();
  }

  view(): UnitView {
    const { work, catalog } = this;
    return unitView({
      title: this.title,
      unit: this.#unit,
      spec: work.spec,
      recordedPort: this.#record.port,
      identity: work.identity,
      serverPid: work.serverPid,
      usage: this.usage,
      toolCount: catalog?.tools.length ?? null,
      probes: work.probes,
      era: work.connection?.peer?.era ?? null,
      revision: work.connection?.peer?.revision ?? null,
      entryProblem: this.entryProblem,
      entryChanged: this.#entryChanged,
      logPath: logPath(this.#host.runtimeDir, this.name),
      killAt: work.killAt,
    });
  }

  amend(change: Partial<UnitRecord>): void {
    this.#record = { ...this.#record, ...change };
  }

  save(): boolean {
    const text = JSON.stringify(this.#record);
    if (text === this.#saved) return true;
    const written = this.#host.save(this.#record);
    if (written) this.#saved = text;
    return written;
  }

  changed(): void {
    this.#host.changed(this.name);
  }

  launchedWith(spec: LaunchSpec): void {
    this.#unit = { ...this.#unit, rules: rulesOf(spec) };
    this.#entryChanged = false;
    this.#usedAt = performance.now();
    this.usage = NO_USAGE;
  }

  #perform(effect: Effect): void {
    const perform = PERFORM[effect.type] as (runner: UnitRunner, effect: Effect) => void;
    perform(this, effect);
  }

  wait(epoch: number, until: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.dispatch({ type: 'timer', epoch }), timerDelay(until - Date.now()));
  }

  note(kind: string, text: string): void {
    this.#host.note(this.name, kind, text);
  }

  forget(): void {
    this.#host.forget(this.name);
  }
}

/** What must survive of a unit's state, in its record. */
function recordOf(record: UnitRecord, { desired, epoch, phase, failures, restarts }: Unit): UnitRecord {
  const touched = record.desired !== null || desired === 'running' || epoch > 0;
  const isReady = phase.state === 'ready' || phase.state === 'degraded';
  return {
    ...record,
    desired: touched ? desired : null,
    wasReady: isReady || (record.wasReady && phase.state === 'stopping'),
    crashed: phase.state === 'crashed',
    failures,
    restarts,
  };
}

const PERFORM: { readonly [K in Effect['type']]: (runner: UnitRunner, effect: Extract<Effect, { type: K }>) => void } =
  {
    launch: ({ work }, { run }) => work.launch(run),
    terminate: ({ work }, { run }) => void work.terminate(run),
    'await-gate': ({ work }, { run }) => work.awaitGate(run),
    'keep-probing': ({ work }, { run }) => void work.keepProbing(run),
    wait: (runner, { epoch, until }) => runner.wait(epoch, until),
    note: (runner, { kind, text }) => runner.note(kind, text),
    forget: (runner) => runner.forget(),
  };
