import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { next } from '../../src/supervisor/machine.ts';
import { retryDelay } from '../../src/supervisor/retry-delay.ts';
import {
  type Context,
  DEFAULT_RULES,
  type Effect,
  type Event,
  newUnit,
  type Rules,
  type Step,
  type Unit,
  visibleState,
} from '../../src/supervisor/unit.ts';

const T0 = 1_000_000;
const problem = { what: 'exit 1' };
const exit = (code: number | null, at = T0) => ({ code, signal: null, at, text: `exit ${code}` });
const at = (now: number, extra: Partial<Context> = {}): Context => ({ now, random: 0.5, diskFull: false, ...extra });

function unitWith(rules: Partial<Rules> = {}): Unit {
  return newUnit('a', { ...DEFAULT_RULES, ...rules }, T0);
}

/** Feeds events one after the other, each with the unit's present run unless it says otherwise. */
function feed(unit: Unit, events: readonly (Event | ((unit: Unit) => Event))[], now = T0): Step {
  let step: Step = { unit, effects: [] };
  for (const event of events) step = next(step.unit, typeof event === 'function' ? event(step.unit) : event, at(now));
  return step;
}

const start: Event = { type: 'start', wake: true, by: 'person' };
const stop: Event = { type: 'stop' };
const passed = (unit: Unit): Event => ({ type: 'gate-passed', run: unit.run });
const exited =
  (code: number) =>
  (unit: Unit): Event => ({ type: 'exited', run: unit.run, exit: exit(code), problem: { what: `exit ${code}` } });
const empty = (unit: Unit): Event => ({ type: 'tree-empty', run: unit.run });
const probeFails = (unit: Unit): Event => ({ type: 'probe-failed', run: unit.run, problem: { what: 'no answer' } });
const probePasses = (unit: Unit): Event => ({ type: 'probe-passed', run: unit.run });
const types = (effects: readonly Effect[]): string[] =>
  effects.filter(({ type }) => type !== 'note').map(({ type }) => type);

const ready = feed(unitWith(), [start, passed]).unit;

describe('a start', () => {
  it('launches, becomes ready when the gate passes, and is then probed', () => {
    const starting = feed(unitWith(), [start]);
    expect(starting.unit).toMatchObject({ desired: 'running', phase: { state: 'starting' }, live: true });
    expect(types(starting.effects)).toEqual(['launch']);
    const step = feed(starting.unit, [passed]);
    expect(step.unit.phase.state).toBe('ready');
    expect(types(step.effects)).toEqual(['keep-probing']);
  });

  it('of something that runs changes nothing but the wish', () => {
    const again = feed(ready, [start]);
    expect(again.effects).toEqual([]);
    expect(again.unit.phase).toEqual(ready.phase);
  });

  it('leaves a lazy unit asleep unless it is woken', () => {
    const lazy = unitWith({ lazy: true });
    expect(feed(lazy, [{ type: 'start', wake: false, by: 'boot' }]).unit.phase.state).toBe('asleep');
    expect(feed(lazy, [start]).unit.phase.state).toBe('starting');
  });

  it('while it stops waits for the tree to be empty, then launches', () => {
    const stopping = feed(ready, [stop, start]);
    expect(stopping.unit.phase).toMatchObject({ state: 'stopping', after: 'start' });
    const step = feed(stopping.unit, [empty]);
    expect(step.unit.phase.state).toBe('starting');
    expect(types(step.effects)).toEqual(['launch']);
  });

  it('that cannot even be tried is blocked, and goes on when what blocked it is gone', () => {
    const blocked = feed(unitWith(), [
      start,
      (unit) => ({ type: 'launch-failed', run: unit.run, problem, blocker: 'port' }),
    ]).unit;
    expect(blocked.phase).toEqual({ state: 'blocked', on: 'port' });
    expect(blocked.live).toBe(false);
    expect(blocked.failures).toEqual([]);
    expect(feed(blocked, [{ type: 'unblocked' }]).unit.phase.state).toBe('starting');
    expect(feed(blocked, [stop, { type: 'unblocked' }]).unit.phase.state).toBe('stopped');
  });

  it('that is not ready in time is ended and counts as one failure', () => {
    const late = feed(unitWith(), [start, (unit) => ({ type: 'gate-timed-out', run: unit.run, problem })]);
    expect(types(late.effects)).toEqual(['terminate']);
    expect(feed(late.unit, [empty]).unit.failures).toHaveLength(1);
  });

  it('in the wrong era is repeated at no cost', () => {
    const again = feed(unitWith(), [start, (unit) => ({ type: 'relaunch', run: unit.run }), empty]);
    expect(again.unit.phase.state).toBe('starting');
    expect(again.unit.failures).toEqual([]);
    expect(again.unit.restarts).toBe(0);
  });
});

describe('a stop', () => {
  it('wins from every state and leaves nothing wanted', () => {
    const crashedOnce = feed(ready, [exited(1), empty]).unit;
    const states: Unit[] = [
      unitWith(),
      feed(unitWith(), [start]).unit,
      ready,
      feed(ready, [probeFails]).unit,
      crashedOnce,
      feed(ready, [exited(1)]).unit,
    ];
    for (const unit of states) {
      const stopped = feed(unit, [stop, empty]).unit;
      expect(stopped).toMatchObject({ desired: 'stopped', live: false, phase: { state: 'stopped' } });
    }
  });

  it('cancels a pending restart: its timer is of another epoch', () => {
    const waiting = feed(ready, [exited(1), empty, exited(1), empty]).unit;
    expect(waiting.phase.state).toBe('backoff');
    const { epoch } = waiting;
    const stopped = feed(waiting, [stop, { type: 'timer', epoch }]).unit;
    expect(stopped.phase.state).toBe('stopped');
  });
});

describe('an unrequested exit', () => {
  it('is answered at once the first time, later with growing waits', () => {
    const first = feed(ready, [exited(1), empty]);
    expect(first.unit.phase.state).toBe('starting');
    expect(first.unit.restarts).toBe(1);
    const second = feed(first.unit, [exited(1), empty]);
    expect(second.unit.phase).toMatchObject({ state: 'backoff', attempt: 2, nextAt: T0 + 1_000 });
    expect(second.unit.cause).toEqual({ what: 'exit 1' });
  });

  it('waits for the rest of the tree before anything new starts', () => {
    const step = feed(ready, [exited(1)]);
    expect(types(step.effects)).toEqual(['terminate']);
    expect(step.unit.live).toBe(true);
  });

  it('ten times in ten minutes is given up, whatever the length of each life', () => {
    let unit = ready;
    let now = T0;
    for (let life = 0; life < 10; life += 1) {
      now += 1_200;
      unit = next(unit, exited(1)(unit), at(now)).unit;
      unit = next(unit, empty(unit), at(now)).unit;
      if (unit.phase.state === 'backoff') {
        now = unit.phase.nextAt;
        unit = next(unit, { type: 'timer', epoch: unit.epoch }, at(now)).unit;
      }
      if (unit.phase.state === 'starting') unit = next(unit, passed(unit), at(now)).unit;
    }
    expect(unit.phase.state).toBe('crashed');
    expect(unit.cause?.what).toContain('gave up after 10 failures');
    expect(feed(unit, [start]).unit).toMatchObject({ phase: { state: 'starting' }, failures: [] });
  });

  it('once an hour is restarted for ever', () => {
    let unit = ready;
    for (let hour = 1; hour <= 50; hour += 1) {
      const now = T0 + hour * 3_600_000;
      unit = next(unit, exited(1)(unit), at(now)).unit;
      unit = next(unit, empty(unit), at(now)).unit;
      expect(unit.phase.state).toBe('starting');
      unit = next(unit, passed(unit), at(now)).unit;
    }
  });

  it('with code 0 three times before it was ready says what that usually means', () => {
    let unit = feed(unitWith(), [start]).unit;
    for (let life = 0; life < 3; life += 1) {
      unit = feed(unit, [exited(0), empty]).unit;
      if (unit.phase.state === 'backoff') unit = feed(unit, [{ type: 'timer', epoch: unit.epoch }]).unit;
    }
    expect(unit.phase.state).toBe('crashed');
    expect(unit.cause?.why).toContain('stdio server');
  });

  it('because there was nothing to run is not retried', () => {
    for (const code of [126, 127]) {
      const blocked = feed(unitWith(), [start, exited(code), empty]).unit;
      expect(blocked).toMatchObject({ phase: { state: 'blocked', on: 'path' }, failures: [] });
    }
    expect(feed(ready, [exited(127), empty]).unit.phase.state).toBe('starting');
  });

  it('follows the restart policy', () => {
    const never = feed(unitWith({ policy: 'never' }), [start, passed, exited(1), empty]).unit;
    expect(never.phase.state).toBe('crashed');
    const clean = feed(unitWith({ policy: 'on-failure' }), [start, passed, exited(0), empty]).unit;
    expect(clean.phase.state).toBe('stopped');
    const dirty = feed(unitWith({ policy: 'on-failure' }), [start, passed, exited(3), empty]).unit;
    expect(dirty.phase.state).toBe('starting');
  });

  it('is held, not burnt, while the disk is full', () => {
    const ending = feed(ready, [exited(1)]).unit;
    const held = next(ending, empty(ending), at(T0, { diskFull: true })).unit;
    expect(held.phase).toEqual({ state: 'blocked', on: 'disk' });
    expect(held.failures).toEqual([]);
    expect(feed(held, [{ type: 'unblocked' }]).unit.phase.state).toBe('starting');
  });

  it('of an earlier run touches nothing', () => {
    const again = feed(ready, [exited(1), empty]).unit;
    const late = next(again, { type: 'exited', run: again.run - 1, exit: exit(1), problem }, at(T0));
    expect(late).toEqual({ unit: again, effects: [] });
  });
});

describe('probes', () => {
  it('show trouble at once but restart only after three in a row', () => {
    const once = feed(ready, [probeFails]);
    expect(once.unit.phase.state).toBe('degraded');
    expect(types(once.effects)).toEqual([]);
    expect(types(feed(once.unit, [probeFails]).effects)).toEqual([]);
    expect(types(feed(once.unit, [probeFails, probeFails]).effects)).toEqual(['terminate']);
  });

  it('that flap never restart', () => {
    let unit = ready;
    for (let round = 0; round < 100; round += 1) {
      const step = feed(unit, [probeFails, probePasses]);
      expect(types(step.effects)).toEqual([]);
      unit = step.unit;
    }
    expect(unit.phase.state).toBe('degraded');
    expect(feed(unit, [probePasses]).unit.phase.state).toBe('ready');
  });

  it('never restart when the entry says so', () => {
    const shown = feed(unitWith({ restartOnUnhealthy: false }), [
      start,
      passed,
      probeFails,
      probeFails,
      probeFails,
      probeFails,
    ]);
    expect(shown.unit.phase.state).toBe('degraded');
  });

  it('of a remote only show, for there is nothing to restart', () => {
    const remote = feed(unitWith({ kind: 'remote' }), [start, probeFails, probeFails, probeFails, probeFails]);
    expect(remote.unit.phase.state).toBe('degraded');
    expect(feed(remote.unit, [probePasses, probePasses]).unit.phase.state).toBe('ready');
  });

  it('refused for want of credentials say so, and it is ready once they are there', () => {
    const locked = feed(unitWith({ kind: 'remote' }), [
      start,
      (unit) => ({ type: 'auth-needed', run: unit.run, problem: { what: 'needs TOKEN' } }),
    ]);
    expect(locked.unit.phase.state).toBe('needs-auth');
    expect(feed(locked.unit, [probePasses]).unit.phase.state).toBe('ready');
  });
});

describe('the entry', () => {
  it('removed while it runs leaves it running, unconfigured, until it ends', () => {
    const orphan = feed(ready, [{ type: 'entry-removed' }]).unit;
    expect(visibleState(orphan)).toBe('unconfigured');
    const gone = feed(orphan, [exited(1), empty]);
    expect(gone.unit.phase.state).toBe('stopped');
    expect(types(gone.effects)).toEqual(['forget']);
  });

  it('removed while nothing runs forgets the unit', () => {
    expect(types(feed(unitWith(), [{ type: 'entry-removed' }]).effects)).toEqual(['forget']);
  });

  it('changed lets a blocked or crashed unit try again, and never touches a running one', () => {
    const blocked = feed(unitWith(), [
      start,
      (unit) => ({ type: 'launch-failed', run: unit.run, problem, blocker: 'entry' }),
    ]).unit;
    expect(feed(blocked, [{ type: 'entry-changed', rules: DEFAULT_RULES }]).unit.phase.state).toBe('starting');
    expect(feed(ready, [{ type: 'entry-changed', rules: DEFAULT_RULES }]).effects).toEqual([]);
  });
});

describe('after the death of an earlier supervisor', () => {
  it('a live process is taken over and probed, without a launch', () => {
    const adopted = feed(unitWith(), [{ type: 'adopted', ready: true }]);
    expect(adopted.unit.phase.state).toBe('ready');
    expect(types(adopted.effects)).toEqual(['keep-probing']);
  });

  it('what is left of a unit that is not wanted is ended', () => {
    const leftover = feed(unitWith(), [{ type: 'leftover', wanted: false }]);
    expect(types(leftover.effects)).toEqual(['terminate']);
    expect(feed(leftover.unit, [empty]).unit.phase.state).toBe('stopped');
  });

  it('what is left of a unit that is wanted is ended before it starts again, also when no record of the wish is left', () => {
    const leftover = feed(unitWith(), [{ type: 'leftover', wanted: true }]);
    expect(types(leftover.effects)).toEqual(['terminate']);
    expect(feed(leftover.unit, [empty]).unit).toMatchObject({ desired: 'running', phase: { state: 'starting' } });
  });

  it('a process of another pid namespace is never touched', () => {
    const foreign = feed(unitWith(), [{ type: 'found-foreign', problem }]).unit;
    for (const event of [start, stop, { type: 'restart' } as const]) expect(feed(foreign, [event]).effects).toEqual([]);
  });
});

describe('the wait before a retry', () => {
  it('is 0, 1, 2, 4 … 60 s, within ±20 %', () => {
    const plain = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((streak) => retryDelay(streak, DEFAULT_RULES, 0.5));
    expect(plain).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 1_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (streak, random) => {
          const nominal = retryDelay(streak, DEFAULT_RULES, 0.5);
          const actual = retryDelay(streak, DEFAULT_RULES, random);
          expect(actual).toBeGreaterThanOrEqual(nominal * 0.8 - 1);
          expect(actual).toBeLessThanOrEqual(nominal * 1.2 + 1);
        },
      ),
    );
  });
});

/**
 * A world of processes driven by the effects alone: whatever order news arrives in, there is never more than one
 * process of a unit, a stop leaves none, and only legal states act.
 */
describe('whatever happens, in whatever order', () => {
  const kinds = [
    'start',
    'boot',
    'stop',
    'restart',
    'spawn',
    'spawn-fails',
    'gate',
    'gate-late',
    'exit',
    'empty',
    'bad',
    'good',
    'timer',
    'unblock',
    'auth',
    'changed',
    'removed',
    'stale',
  ] as const;

  it('keeps its promises', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...kinds), fc.nat(30_000), fc.boolean()), { maxLength: 120 }),
        (script) => {
          const world = new World();
          for (const [kind, ms, diskFull] of script) world.play(kind, ms, diskFull);
          world.check();
          world.settle();
          expect(world.unit.phase.state).toBe('stopped');
          expect(world.alive).toBe(0);
        },
      ),
      { numRuns: 1_500 },
    );
  });

  class World {
    unit = unitWith();
    /** Processes that exist: launched and not yet reported empty. */
    alive = 0;
    pendingLaunch: number | null = null;
    pendingEmpty: number | null = null;
    timer: { epoch: number } | null = null;
    now = T0;

    play(kind: (typeof kinds)[number], ms: number, diskFull: boolean): void {
      this.now += ms;
      const { run, epoch } = this.unit;
      const script: Record<(typeof kinds)[number], () => Event | null> = {
        start: () => start,
        boot: () => ({ type: 'start', wake: false, by: 'boot' }),
        stop: () => stop,
        restart: () => ({ type: 'restart' }),
        spawn: () => this.spawn(),
        'spawn-fails': () => this.spawnFails(),
        gate: () => (this.pendingLaunch === null ? { type: 'gate-passed', run } : null),
        'gate-late': () => (this.pendingLaunch === null ? { type: 'gate-timed-out', run, problem } : null),
        exit: () => (this.alive > 0 ? { type: 'exited', run, exit: exit(ms % 3, this.now), problem } : null),
        empty: () => this.empty(),
        bad: () => ({ type: 'probe-failed', run, problem }),
        good: () => ({ type: 'probe-passed', run }),
        timer: () => (this.timer ? { type: 'timer', epoch: this.timer.epoch } : null),
        unblock: () => ({ type: 'unblocked' }),
        auth: () => ({ type: 'auth-needed', run, problem }),
        changed: () => ({ type: 'entry-changed', rules: DEFAULT_RULES }),
        removed: () => ({ type: 'entry-removed' }),
        stale: () => ({ type: 'timer', epoch: epoch - 1 }),
      };
      const event = script[kind]();
      if (event) this.send(event, diskFull);
    }

    spawn(): null {
      if (this.pendingLaunch === null) return null;
      this.pendingLaunch = null;
      this.alive += 1;
      return null;
    }

    spawnFails(): Event | null {
      if (this.pendingLaunch === null) return null;
      const run = this.pendingLaunch;
      this.pendingLaunch = null;
      return { type: 'launch-failed', run, problem, blocker: null };
    }

    empty(): Event | null {
      if (this.pendingEmpty === null || this.pendingLaunch !== null) return null;
      const run = this.pendingEmpty;
      this.pendingEmpty = null;
      this.alive = 0;
      return { type: 'tree-empty', run };
    }

    send(event: Event, diskFull = false): void {
      const before = this.unit;
      const step = next(before, event, at(this.now, { diskFull }));
      this.unit = step.unit;
      for (const effect of step.effects) this.carryOut(effect);
      this.check();
    }

    carryOut(effect: Effect): void {
      if (effect.type === 'launch') {
        expect(this.alive, 'a launch while a process lives').toBe(0);
        expect(this.pendingLaunch, 'two launches at once').toBeNull();
        expect(this.unit.desired).toBe('running');
        this.pendingLaunch = effect.run;
      }
      if (effect.type === 'terminate') {
        expect(this.pendingEmpty, 'two terminations at once').toBeNull();
        this.pendingEmpty = effect.run;
      }
      if (effect.type === 'wait') this.timer = { epoch: effect.epoch };
    }

    check(): void {
      const { unit } = this;
      expect(this.alive).toBeLessThanOrEqual(1);
      expect(unit.failures.length).toBeLessThanOrEqual(unit.rules.max);
      if (this.alive > 0 || this.pendingLaunch !== null)
        expect(unit.live, `a process in ${unit.phase.state}`).toBe(true);
      if (unit.phase.state === 'stopped' || unit.phase.state === 'backoff' || unit.phase.state === 'crashed')
        expect(unit.live).toBe(false);
      if (unit.phase.state === 'stopping') expect(this.pendingEmpty).not.toBeNull();
    }

    /** A stop, and the processes ending as they are told, ends it all. */
    settle(): void {
      this.send(stop);
      this.spawn();
      const event = this.empty();
      if (event) this.send(event);
    }
  }
});
