import { setTimeout as sleep } from 'node:timers/promises';
import { timerDelay } from '../../registry/duration.ts';
import { errnoCode, errnoText } from '../../registry/errno.ts';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import type { Problem } from '../../registry/problem.ts';
import type { ExitView } from '../api.ts';
import type { UnitRecord } from '../journal.ts';
import { logPath } from '../logs/log-file.ts';
import { rotateOnStart } from '../logs/rotate.ts';
import { newNonce } from '../nonce.ts';
import type { ProcessIdentity } from '../process/identity.ts';
import type { Blocker, Event, Unit } from '../unit.ts';
import { exitProblem } from './exit-problem.ts';
import { passGate } from './gate.ts';
import { OwnLinks } from './own-links.ts';
import { connectionTarget, DEFAULT_STOP } from './spec.ts';
import { UnitConnection } from './unit-connection.ts';
import type { Starter, UnitHost } from './unit-host.ts';
import { exitFilePath, UnitProcess } from './unit-process.ts';

/** What the work on a unit needs from the unit it works for. */
export interface WorkOwner {
  readonly name: string;
  readonly unit: Unit;
  readonly record: UnitRecord;
  /** What the coming launch brings along from whoever asked for it. */
  readonly starter: Starter;
  /** Changes the record; `save` puts it on disk now and says whether that worked. */
  amend(change: Partial<UnitRecord>): void;
  save(): boolean;
  dispatch(event: Event): void;
  /** Something to look at changed that is not the state. */
  changed(): void;
  /** The entry was resolved anew for a launch. */
  launchedWith(spec: LaunchSpec): void;
}

type Answer = Extract<Event, { type: 'probe-passed' | 'probe-failed' | 'auth-needed' }>;

const PROBES_KEPT = 30;
const DEFAULT_INTERVAL_MS = 10_000;
/** `ready` waits this long for the list of tools, so that it is usually there when somebody is told. */
const CATALOG_PATIENCE_MS = 500;

/**
 * The effects of one unit: its process and its connection, launched, ended, asked. Every method is told for which run it
 * works and does nothing once that run is over.
 */
export class UnitWork {
  readonly #owner: WorkOwner;
  readonly #host: UnitHost;
  #spec: LaunchSpec | null = null;
  #process: UnitProcess | null = null;
  #connection: UnitConnection | null = null;
  #launching: Promise<void> = Promise.resolve();
  #gate: Promise<void> = Promise.resolve();
  /** The run whose leader is known to have ended: its gate has nothing to wait for. */
  #exitedRun = 0;
  /** Moves with every probe loop, so that there is never more than one. */
  #probing = 0;
  #legacyTried = false;
  #released = false;
  /** Connections for single clients, which end with the unit. */
  readonly own: OwnLinks;
  probes: readonly (number | null)[] = [];
  /** When SIGKILL follows, while it stops. Milliseconds since the epoch. */
  killAt: number | null = null;
  /** The real server below shells and wrappers; null until the gate, or after an adoption the sampler, finds it. */
  serverPid: number | null = null;
  /** Which pids needed which signal in the last stop. */
  signalled: readonly { readonly pid: number; readonly signal: string }[] = [];

  constructor(owner: WorkOwner, host: UnitHost) {
    this.#owner = owner;
    this.#host = host;
    this.own = new OwnLinks(host);
  }

  get identity(): ProcessIdentity | null {
    return this.#process?.identity ?? null;
  }

  get connection(): UnitConnection | null {
    return this.#connection;
  }

  /** The entry that runs, or, when nothing does, the one that would. */
  get spec(): LaunchSpec | null {
    return this.#spec;
  }

  set spec(spec: LaunchSpec | null) {
    if (!this.#owner.unit.live) this.#spec = spec;
  }

  /** A person's command: another attempt at the newer era may be made. */
  forgetEra(): void {
    this.#legacyTried = false;
  }

  launch(run: number): void {
    if (this.#host.mayLaunch()) this.#launching = this.#launch(run).catch((error) => this.#launchRefused(run, error));
  }

  awaitGate(run: number): void {
    this.#gate = this.#awaitGate(run);
  }

  /** Takes over what an earlier supervisor started; the caller tells the state machine. */
  adopt(identity: ProcessIdentity, spec: LaunchSpec | null): void {
    this.#spec = spec ?? this.#spec;
    this.#process = this.#newProcess(identity.nonce);
    this.#process.adopt(identity);
    this.#connection = new UnitConnection(this.#owner.record.era);
    this.#owner.amend({ nonce: identity.nonce, identity });
    this.#trackLogs();
  }

  /** The end of what was adopted becomes an event of the run that the state machine gave it. */
  watchAdopted(): void {
    const { run } = this.#owner.unit;
    if (this.#process) this.#process.onExit = (exit) => void this.#onExit(run, exit);
  }

  /** Ends the tree and reports it empty. Waits for a launch under way, so that nothing escapes. */
  async terminate(run: number): Promise<void> {
    await this.#launching.catch(() => undefined);
    if (this.#owner.unit.run !== run) return;
    const process = this.#process;
    await Promise.all([this.#connection?.close(), this.own.closeAll()]);
    if (process) {
      const ended = await process.terminate(this.#spec?.stop ?? DEFAULT_STOP, (at) => {
        this.killAt = at;
        this.#owner.changed();
      });
      if (this.#released) return;
      this.signalled = ended.signalled;
      if (ended.survivors.length > 0) {
        this.#host.note(this.#owner.name, 'survivors', `still alive after SIGKILL: pids ${ended.survivors.join(', ')}`);
      }
    }
    if (this.#process === process) this.#process = null;
    this.killAt = null;
    this.serverPid = null;
    for (const log of this.#logs()) this.#host.logClock.untrack(log);
    this.#owner.amend({ nonce: null, identity: null, wasReady: false });
    this.#owner.dispatch({ type: 'tree-empty', run });
  }

  /** The supervisor goes away: HTTP servers live on, what needs our pipes ends. */
  async release(): Promise<void> {
    await this.#launching.catch(() => undefined);
    this.#released = true;
    await Promise.all([this.#connection?.close(), this.own.closeAll()]);
    const process = this.#process;
    if (!process) return;
    process.onExit = () => undefined;
    if (this.#spec?.transport !== 'stdio') return process.release();
    await process.terminate(this.#spec.stop, () => undefined);
    this.#owner.amend({ nonce: null, identity: null });
    this.#owner.save();
  }

  /** Asks every interval (±10 %) whether it is well, until the run is over. One question at a time (R12). */
  async keepProbing(run: number): Promise<void> {
    const mine = this.#probing + 1;
    this.#probing = mine;
    for (;;) {
      const interval = (this.#spec?.health.intervalMs ?? DEFAULT_INTERVAL_MS) * this.#host.probeStretch();
      // One that was adopted was never asked by us: what it offers is wanted by the first client that comes.
      const wait = this.#connection?.catalog || this.probes.length > 0 ? interval * (0.9 + 0.2 * Math.random()) : 0;
      await sleep(timerDelay(wait), undefined, { ref: false });
      if (mine !== this.#probing || !this.#isProbed(run)) return;
      const event = await this.#host.probeSlots.run(() => this.#ask(run));
      if (mine !== this.#probing || !this.#isProbed(run) || !event) return;
      this.#owner.dispatch(event);
    }
  }

  async #launch(run: number): Promise<void> {
    const { name, record, starter } = this.#owner;
    const resolved = this.#host.resolve(name, starter);
    if (!resolved.ok) return this.#launchFailed(run, resolved.problem, 'entry');
    const spec = resolved.value;
    this.#spec = spec;
    this.#owner.launchedWith(spec);
    await this.#connection?.close();
    this.#connection = new UnitConnection(record.hash === spec.hash ? record.era : null);
    this.#owner.amend({ hash: spec.hash, transport: spec.transport, port: spec.port });
    this.probes = [];
    if (spec.transport === 'remote') void this.#reachRemote(run);
    else await this.#host.launchSlots.run(() => this.#spawn(run, spec));
  }

  async #spawn(run: number, spec: LaunchSpec): Promise<void> {
    if (this.#isStale(run)) return;
    const { name } = this.#owner;
    const process = this.#newProcess(newNonce(this.#host.runtimeDir, name));
    this.#process = process;
    this.serverPid = null;
    this.#owner.amend({ nonce: process.nonce, identity: null, wasReady: false });
    if (!this.#owner.save()) return this.#launchFailed(run, NOT_RECORDED, 'disk');
    await rotateOnStart(logPath(this.#host.runtimeDir, name), this.#host.logLimits);
    this.#trackLogs();
    process.onExit = (exit) => void this.#onExit(run, exit);
    const launched = await process.launch(spec);
    if (!launched.ok) return this.#launchFailed(run, launched.problem, launched.blocker);
    this.#owner.amend({ identity: launched.identity });
    this.#host.note(name, 'started', `pid ${launched.identity.pid}`);
    this.#owner.save();
    this.#owner.changed();
    this.awaitGate(run);
  }

  /** The system refused what a launch needs, for a reason nobody thought of: that is this unit's trouble, and no other's. */
  async #launchRefused(run: number, error: unknown): Promise<void> {
    if (errnoCode(error) === '') throw error;
    await this.#process?.terminate(this.#spec?.stop ?? DEFAULT_STOP, () => undefined);
    this.#launchFailed(run, { what: 'it could not be started', why: errnoText(error) }, null);
  }

  #launchFailed(run: number, problem: Problem, blocker: Blocker | null): void {
    this.#process = null;
    this.#owner.amend({ nonce: null, identity: null });
    this.#owner.dispatch({ type: 'launch-failed', run, problem, blocker });
  }

  async #onExit(run: number, exit: ExitView): Promise<void> {
    this.#exitedRun = run;
    const starting = this.#owner.unit.phase.state === 'starting';
    // A stdio server that ends on the very first question is asked in the older way once; the gate says whether it did.
    if (starting && this.#spec?.transport === 'stdio') await this.#gate;
    if (this.#isStale(run)) return;
    const { name } = this.#owner;
    const problem = exitProblem(exit, logPath(this.#host.runtimeDir, name), this.#spec?.secrets ?? [], name);
    this.#owner.dispatch({ type: 'exited', run, exit, problem });
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
      stale: () => this.#isStale(run) || this.#exitedRun === run || this.#owner.unit.phase.state !== 'starting',
      waiting: (problem) => this.#owner.dispatch({ type: 'gate-waiting', run, problem }),
      legacyTried: this.#legacyTried,
      stretch: this.#host.probeStretch(),
    });
    if (this.#isStale(run)) return;
    if (outcome.type === 'relaunch') {
      this.#legacyTried = true;
      this.#owner.amend({ era: 'legacy' });
      return this.#owner.dispatch({ type: 'relaunch', run });
    }
    if (outcome.type === 'passed') {
      this.serverPid = outcome.serverPid;
      this.#connected(outcome.latencyMs);
      await Promise.race([connection.refreshCatalog(), sleep(CATALOG_PATIENCE_MS, undefined, { ref: false })]);
      if (this.#isStale(run)) return;
    }
    if (outcome.type !== 'stale') this.#owner.dispatch(outcome.event(run));
  }

  async #reachRemote(run: number): Promise<void> {
    const event = await this.#ask(run);
    if (this.#isStale(run) || !event) return;
    this.#owner.dispatch(event.type === 'probe-passed' ? { type: 'gate-passed', run } : event);
  }

  async #ask(run: number): Promise<Answer | null> {
    const spec = this.#spec;
    const connection = this.#connection;
    if (!spec || !connection) return null;
    if (spec.missingVariables.length > 0) return { type: 'auth-needed', run, problem: lacks(spec) };
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
    if (connection.era !== this.#owner.record.era) this.#owner.amend({ era: connection.era });
    connection.onCatalog = () => this.#owner.changed();
    if (!connection.catalog && this.#owner.unit.phase.state !== 'starting') void connection.refreshCatalog();
  }

  #pushProbe(latencyMs: number | null): void {
    this.probes = [...this.probes, latencyMs === null ? null : Math.round(latencyMs * 10) / 10].slice(-PROBES_KEPT);
    this.#owner.changed();
  }

  /** Before the launch, so that the first lines have a time too. */
  #trackLogs(): void {
    for (const log of this.#logs()) this.#host.logClock.track(log);
  }

  #logs(): readonly string[] {
    const { name } = this.#owner;
    return this.#spec?.log === 'split' ? [name, `${name}.err`] : [name];
  }

  #newProcess(nonce: string): UnitProcess {
    const { runtimeDir, exitWatch } = this.#host;
    const { name } = this.#owner;
    const errorLogPath = this.#spec?.log === 'split' ? logPath(runtimeDir, `${name}.err`) : null;
    const places = { logPath: logPath(runtimeDir, name), errorLogPath, exitFile: exitFilePath(runtimeDir, name) };
    return new UnitProcess(nonce, places, exitWatch);
  }

  #isStale(run: number): boolean {
    return this.#released || this.#owner.unit.run !== run || !this.#owner.unit.live;
  }

  #isProbed(run: number): boolean {
    return !this.#isStale(run) && ['ready', 'degraded', 'needs-auth'].includes(this.#owner.unit.phase.state);
  }
}

const NOT_RECORDED: Problem = {
  what: 'its start could not be recorded',
  why: 'the runtime directory cannot be written (is the disk full?)',
  next: 'free some space; it goes on by itself',
};

/** A remote whose credentials are unset is not even asked. */
function lacks({ name, missingVariables }: LaunchSpec): Problem {
  const variables = missingVariables.join(', ');
  return {
    what: `needs ${variables}`,
    why: 'it is not set, so no request was made',
    next: `export ${missingVariables[0]}=… (or put it into "env_file" of ${name}), then: mcp ${name} restart`,
  };
}
