import type { Link } from '../protocol/peer.ts';
import type { LaunchSpec } from '../registry/launch-spec.ts';
import { type Problem, ProblemError } from '../registry/problem.ts';
import type { Desired, UnitState, UnitView } from './api.ts';
import type { Fleet } from './fleet.ts';
import type { Offer, OwnLink, ServerAccess } from './server-access.ts';
import { type Unit, visibleState } from './unit.ts';
import type { UnitRunner } from './units/unit-runner.ts';

/** The units of the supervisor as the hub reaches them. */
export class FleetAccess implements ServerAccess {
  readonly #fleet: Fleet;
  readonly #listeners = new Set<(name: string) => void>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** The supervisor tells that something about a unit is new. */
  changed(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }

  names(): readonly string[] {
    return this.#fleet.all.filter(({ spec }) => spec !== null).map(({ name }) => name);
  }

  view(name: string): UnitView | null {
    return this.#fleet.get(name)?.view() ?? null;
  }

  state(name: string): UnitState | null {
    const runner = this.#fleet.get(name);
    return runner ? visibleState(runner.unit) : null;
  }

  desired(name: string): Desired | null {
    return this.#fleet.get(name)?.unit.desired ?? null;
  }

  spec(name: string): LaunchSpec | null {
    return this.#fleet.get(name)?.spec ?? null;
  }

  offer(name: string): Offer | null {
    const connection = this.#fleet.get(name)?.work.connection;
    const { catalog, lists, greeting, catalogAt } = connection ?? {};
    if (!catalog || !lists || !greeting) return null;
    return { ...greeting, lists, hash: catalog.hash, takenAt: catalogAt ?? 0 };
  }

  async awaken(
    name: string,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const runner = this.#runner(name);
    // Its pipe broke a moment ago: that it ended is about to be noticed, and then it comes again.
    if (isReady(runner.unit) && lostLink(runner)) await runner.until((unit) => !isReady(unit), NOTICED_MS);
    if (isReady(runner.unit)) return;
    if (runner.unit.phase.state === 'asleep' || isFallingAsleep(runner.unit)) {
      runner.dispatch({ type: 'start', wake: true, by: 'boot' });
    }
    const decided = (unit: Unit) => isReady(unit) || !comesByItself(unit) || signal.aborted;
    await runner.until(decided, timeoutMs);
    if (!isReady(runner.unit)) throw new ProblemError(whyNotReady(runner));
  }

  sharedLink(name: string): Link | null {
    const runner = this.#fleet.get(name);
    return runner?.spec?.transport === 'stdio' ? (runner.work.connection?.peer ?? null) : null;
  }

  async connect(name: string, options: Parameters<ServerAccess['connect']>[1]): Promise<OwnLink> {
    const runner = this.#runner(name);
    const { spec } = runner;
    if (!spec || !isReady(runner.unit)) throw new ProblemError(whyNotReady(runner));
    return await runner.work.own.open(spec, options);
  }

  prepare(name: string, keepMs: number): void {
    const runner = this.#fleet.get(name);
    if (runner?.spec && isReady(runner.unit)) runner.work.own.prepare(runner.spec, keepMs);
  }

  use(name: string): () => void {
    return this.#fleet.get(name)?.use() ?? (() => undefined);
  }

  onChanged(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #runner(name: string): UnitRunner {
    const runner = this.#fleet.get(name);
    if (runner) return runner;
    throw new ProblemError({ what: `no server is called ${name}`, next: 'mcp list' });
  }
}

function isReady({ phase }: Unit): boolean {
  return phase.state === 'ready' || phase.state === 'degraded';
}

/** After its pipes broke, the end of a process is noticed within this. Milliseconds. */
const NOTICED_MS = 2_000;

function lostLink({ spec, work }: UnitRunner): boolean {
  return spec?.transport === 'stdio' && !work.connection?.peer;
}

function isFallingAsleep({ phase }: Unit): boolean {
  return phase.state === 'stopping' && phase.after === 'sleep';
}

/** It will be ready, or fail, without anybody's help. */
function comesByItself({ phase, desired }: Unit): boolean {
  if (desired === 'stopped') return false;
  return phase.state === 'starting' || phase.state === 'stopping' || phase.state === 'backoff';
}

function whyNotReady(runner: UnitRunner): Problem {
  const { name, unit } = runner;
  const { cause } = runner.view();
  const state = visibleState(unit);
  if (state === 'stopped' || (state === 'stopping' && unit.desired === 'stopped')) {
    return { what: `${name} is stopped`, next: `mcp ${name} start` };
  }
  const next = cause?.next ?? `mcp ${name} status`;
  return { what: `${name} is ${state}`, next, ...(cause && { why: cause.what }) };
}
