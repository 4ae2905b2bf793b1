import type { Problem } from '../registry/problem.ts';
import type { ExitView } from './api.ts';
import { retryDelay } from './retry-delay.ts';
import type { Context, Effect, Event, Phase, Step, Unit } from './unit.ts';

/**
 * The life of one unit as a pure function: `next(unit, event, context) → {unit, effects}`. What it knows of a unit and what
 * can happen to it is in `unit.ts`.
 */

/** A unit is well again after this long in ready; its backoff then starts afresh (R13). */
const WELL_AFTER_MS = 60_000;
/** Good probes in a row that make a degraded unit ready again (R12). */
const GOOD_PROBES = 2;
const MAX_EARLY_EXITS = 3;

/** The next unit and what to do about it. An event that means nothing in the present phase changes nothing. */
export function next(unit: Unit, event: Event, context: Context): Step {
  if ('run' in event && event.run !== unit.run) return stay(unit);
  const handler = HANDLERS[event.type] as (unit: Unit, event: Event, context: Context) => Step;
  return handler(unit, event, context);
}

type Handlers = {
  readonly [K in Event['type']]: (unit: Unit, event: Extract<Event, { type: K }>, context: Context) => Step;
};

const HANDLERS: Handlers = {
  start: (unit, event, context) => {
    const cleared = event.by === 'person' ? pardon(unit) : unit;
    const wanted: Unit = { ...cleared, desired: 'running', epoch: unit.epoch + 1 };
    if (unit.phase.state === 'foreign') return stay(unit);
    if (unit.phase.state === 'stopping') {
      return unit.phase.after === 'start'
        ? stay(wanted)
        : stay({ ...wanted, phase: { ...unit.phase, after: 'start' } });
    }
    if (unit.live) return stay(wanted);
    if (unit.rules.lazy && !event.wake) return stay(enter(wanted, { state: 'asleep' }, context, null));
    return launch(wanted, context);
  },

  stop: (unit, _event, context) => {
    if (unit.phase.state === 'foreign') return stay(unit);
    const unwanted: Unit = { ...unit, desired: 'stopped', epoch: unit.epoch + 1 };
    if (unit.phase.state === 'stopping') return stay({ ...unwanted, phase: { ...unit.phase, after: 'stop' } });
    if (unit.live) return terminate(unwanted, 'stop', context, null);
    return settle(unwanted, context);
  },

  unused: (unit, _event, context) =>
    unit.live && ['ready', 'degraded'].includes(unit.phase.state) && unit.configured
      ? terminate(unit, 'sleep', context, null, note('unused', 'not called for a while: goes to sleep'))
      : stay(unit),

  restart: (unit, _event, context) => {
    if (unit.phase.state === 'foreign') return stay(unit);
    const wanted: Unit = { ...pardon(unit), desired: 'running', epoch: unit.epoch + 1 };
    if (unit.phase.state === 'stopping') return stay({ ...wanted, phase: { ...unit.phase, after: 'start' } });
    return unit.live ? terminate(wanted, 'start', context, null) : launch(wanted, context);
  },

  'launch-failed': (unit, event, context) => {
    // While it stops, the termination under way reports the empty tree; acting here too would end the next run.
    if (unit.phase.state !== 'starting') return stay(unit);
    const dead: Unit = { ...unit, live: false, cause: event.problem };
    if (event.blocker)
      return stay(
        enter(dead, { state: 'blocked', on: event.blocker }, context, event.problem),
        note('blocked', event.problem.what),
      );
    return fail(dead, event.problem, null, context);
  },

  'gate-waiting': (unit, event) =>
    unit.phase.state === 'starting' ? stay({ ...unit, cause: event.problem }) : stay(unit),

  'gate-passed': (unit, _event, context) => {
    if (unit.phase.state !== 'starting' && unit.phase.state !== 'needs-auth') return stay(unit);
    const ready = enter(
      { ...unit, readyAt: context.now, earlyExits: 0, badProbes: 0, goodProbes: 0 },
      { state: 'ready' },
      context,
      null,
    );
    return stay(ready, note('ready', 'ready'), { type: 'keep-probing', run: unit.run });
  },

  'gate-timed-out': (unit, event, context) =>
    unit.phase.state === 'starting'
      ? terminate({ ...unit, cause: event.problem }, 'fail', context, event.problem)
      : stay(unit),

  relaunch: (unit, _event, context) =>
    unit.phase.state === 'starting' ? terminate(unit, 'start', context, null) : stay(unit),

  'auth-needed': (unit, event, context) => {
    if (!['starting', 'ready', 'degraded', 'needs-auth'].includes(unit.phase.state)) return stay(unit);
    const first = unit.phase.state !== 'needs-auth';
    const locked = first
      ? enter(unit, { state: 'needs-auth' }, context, event.problem)
      : { ...unit, cause: event.problem };
    return first
      ? stay(locked, note('needs-auth', event.problem.what), { type: 'keep-probing', run: unit.run })
      : stay(locked);
  },

  exited: (unit, event, context) => {
    const seen: Unit = { ...unit, lastExit: event.exit };
    if (!unit.live || unit.phase.state === 'stopping') return stay(seen);
    // The leader is gone, its tree may not be: the engine reports `tree-empty` when it is, having ended what was left.
    const ending: Phase = { state: 'stopping', after: 'fail', exit: event.exit };
    return stay(enter(seen, ending, context, event.problem), { type: 'terminate', run: unit.run });
  },

  'tree-empty': (unit, _event, context) => (unit.phase.state === 'stopping' ? afterEmpty(unit, context) : stay(unit)),

  'probe-passed': (unit, _event, context) => {
    const good = { ...unit, badProbes: 0, goodProbes: unit.goodProbes + 1 };
    const recovers =
      (unit.phase.state === 'degraded' && good.goodProbes >= GOOD_PROBES) || unit.phase.state === 'needs-auth';
    if (recovers)
      return stay(
        enter({ ...good, readyAt: unit.readyAt ?? context.now }, { state: 'ready' }, context, null),
        note('recovered', 'probes pass again'),
      );
    return stay(good);
  },

  'probe-failed': (unit, event, context) => {
    const probed =
      unit.rules.kind === 'remote'
        ? ['starting', 'ready', 'degraded', 'needs-auth']
        : ['ready', 'degraded', 'needs-auth'];
    if (!probed.includes(unit.phase.state)) return stay(unit);
    const bad: Unit = { ...unit, badProbes: unit.badProbes + 1, goodProbes: 0, cause: event.problem };
    const restarts =
      unit.rules.kind === 'process' && unit.rules.restartOnUnhealthy && bad.badProbes >= unit.rules.probeFailures;
    if (restarts && unit.configured)
      return terminate(bad, 'fail', context, event.problem, note('unhealthy', event.problem.what));
    if (unit.phase.state === 'degraded') return stay(bad);
    const degraded = enter(bad, { state: 'degraded' }, context, event.problem);
    const probing: readonly Effect[] = unit.phase.state === 'starting' ? [{ type: 'keep-probing', run: unit.run }] : [];
    return stay(degraded, note('degraded', event.problem.what), ...probing);
  },

  timer: (unit, event, context) => {
    if (unit.phase.state !== 'backoff' || event.epoch !== unit.epoch) return stay(unit);
    if (context.diskFull) return stay(enter(unit, { state: 'blocked', on: 'disk' }, context, DISK_FULL));
    return launch({ ...unit, restarts: unit.restarts + 1 }, context);
  },

  unblocked: (unit, _event, context) =>
    unit.phase.state === 'blocked' && unit.desired === 'running'
      ? launch({ ...unit, epoch: unit.epoch + 1 }, context)
      : stay(unit),

  'entry-changed': (unit, event, context) => {
    const changed: Unit = { ...unit, rules: event.rules, configured: true };
    const mayHelp =
      ['blocked', 'crashed', 'needs-auth'].includes(unit.phase.state) && unit.desired === 'running' && !unit.live;
    return mayHelp ? launch({ ...pardon(changed), epoch: unit.epoch + 1 }, context) : stay(changed);
  },

  'entry-removed': (unit, _event, context) => {
    const orphan: Unit = { ...unit, configured: false };
    if (unit.live) return stay(orphan);
    return settle({ ...orphan, desired: 'stopped', epoch: unit.epoch + 1 }, context);
  },

  adopted: (unit, event, context) => {
    const held: Unit = { ...unit, desired: 'running', live: true, run: unit.run + 1 };
    if (event.ready) {
      return stay(enter({ ...held, readyAt: context.now }, { state: 'ready' }, context, null), {
        type: 'keep-probing',
        run: held.run,
      });
    }
    return stay(enter(held, { state: 'starting' }, context, null), { type: 'await-gate', run: held.run });
  },

  leftover: (unit, { wanted }, context) => {
    const held: Unit = { ...unit, desired: wanted ? 'running' : 'stopped', live: true, run: unit.run + 1 };
    return terminate(held, wanted ? 'start' : 'stop', context, null);
  },

  'found-foreign': (unit, event, context) =>
    stay(enter({ ...unit, live: false }, { state: 'foreign' }, context, event.problem)),

  'recalled-crash': (unit, _event, context) =>
    unit.live ? stay(unit) : stay(enter({ ...unit, desired: 'running' }, { state: 'crashed' }, context, GIVEN_UP)),
};

const GIVEN_UP: Problem = {
  what: 'given up after too many failures, under an earlier supervisor',
  next: 'look at its log, then start it',
};

const DISK_FULL: Problem = {
  what: 'the disk is full',
  why: 'a server that cannot write its log dies at once, so restarts are held',
  next: 'free some space; it goes on by itself',
};

function stay(unit: Unit, ...effects: readonly Effect[]): Step {
  return { unit, effects };
}

function note(kind: string, text: string): Effect {
  return { type: 'note', kind, text };
}

function enter(unit: Unit, phase: Phase, context: Context, cause: Problem | null): Unit {
  return { ...unit, phase, cause, since: context.now };
}

/** A person's command forgives: budget, backoff and early exits start afresh (R13). */
function pardon(unit: Unit): Unit {
  return { ...unit, failures: [], streak: 0, earlyExits: 0, restarts: 0, badProbes: 0, goodProbes: 0 };
}

function launch(unit: Unit, context: Context): Step {
  if (!unit.configured) return settle(unit, context);
  const run = unit.run + 1;
  const starting = enter(
    { ...unit, run, live: true, readyAt: null, badProbes: 0, goodProbes: 0 },
    { state: 'starting' },
    context,
    null,
  );
  return stay(starting, { type: 'launch', run });
}

function terminate(
  unit: Unit,
  after: 'stop' | 'start' | 'fail' | 'sleep',
  context: Context,
  cause: Problem | null,
  ...notes: readonly Effect[]
): Step {
  return stay(enter(unit, { state: 'stopping', after, exit: null }, context, cause), ...notes, {
    type: 'terminate',
    run: unit.run,
  });
}

function afterEmpty(unit: Unit, context: Context): Step {
  const { after, exit } = unit.phase.state === 'stopping' ? unit.phase : { after: 'stop' as const, exit: null };
  const empty: Unit = { ...unit, live: false };
  if (after === 'start') return launch(empty, context);
  if (after === 'sleep') return stay(enter({ ...empty, readyAt: null }, { state: 'asleep' }, context, null));
  if (after === 'fail' && unit.desired === 'running') return fail(empty, unit.cause, exit, context);
  return settle({ ...empty, desired: 'stopped' }, context);
}

/** At rest, wanted by nobody; a unit without an entry ends here. */
function settle(unit: Unit, context: Context): Step {
  const stopped = enter({ ...unit, live: false, readyAt: null }, { state: 'stopped' }, context, null);
  return unit.configured
    ? stay(stopped, note('stopped', 'stopped'))
    : stay(stopped, note('stopped', 'stopped'), { type: 'forget' });
}

/** One unrequested failure: try again at once, later, or not at all (R13). */
function fail(unit: Unit, problem: Problem | null, exit: ExitView | null, context: Context): Step {
  const { rules } = unit;
  if (!unit.configured) return settle({ ...unit, desired: 'stopped' }, context);
  if (context.diskFull)
    return stay(enter(unit, { state: 'blocked', on: 'disk' }, context, DISK_FULL), note('held', DISK_FULL.what));

  // Nothing was there to run: trying again changes nothing and would only burn the budget (R13).
  if (unit.readyAt === null && (exit?.code === 126 || exit?.code === 127)) {
    const text = problem?.what ?? `exit ${exit.code}`;
    return stay(enter(unit, { state: 'blocked', on: 'path' }, context, problem), note('blocked', text));
  }

  const wasWell = unit.readyAt !== null && context.now - unit.readyAt >= WELL_AFTER_MS;
  const cleanExit = exit?.code === 0;
  const earlyExits = cleanExit && unit.readyAt === null ? unit.earlyExits + 1 : 0;
  const failures = [...unit.failures.filter((at) => at > context.now - rules.windowMs), context.now];
  const streak = (wasWell ? 0 : unit.streak) + 1;
  const failed: Unit = { ...unit, failures, streak, earlyExits, readyAt: null, badProbes: 0, goodProbes: 0 };
  const text = problem?.what ?? 'failed';

  if (rules.policy === 'never')
    return stay(
      enter(failed, { state: 'crashed' }, context, withNext(problem, 'its restart policy is "never"')),
      note('crashed', text),
    );
  if (rules.policy === 'on-failure' && cleanExit)
    return stay(enter(failed, { state: 'stopped' }, context, problem), note('ended', text));
  if (earlyExits >= MAX_EARLY_EXITS) {
    const hint = rules.stdio ? STDIO_EXITS_AT_ONCE : EXITS_AT_ONCE;
    return stay(enter(failed, { state: 'crashed' }, context, hint), note('crashed', hint.what));
  }
  if (failures.length >= rules.max) {
    const spent = withNext(problem, `gave up after ${failures.length} failures`);
    return stay(enter(failed, { state: 'crashed' }, context, spent), note('crashed', text));
  }
  const delay = retryDelay(streak, rules, context.random);
  if (delay === 0) {
    const again = launch({ ...failed, restarts: unit.restarts + 1 }, context);
    return { unit: { ...again.unit, cause: problem }, effects: [note('failed', text), ...again.effects] };
  }
  const nextAt = context.now + delay;
  const waiting = enter(failed, { state: 'backoff', attempt: failures.length, nextAt }, context, problem);
  return stay(waiting, note('failed', text), { type: 'wait', epoch: unit.epoch, until: nextAt });
}

const EXITS_AT_ONCE: Problem = {
  what: 'exits at once with code 0',
  why: 'three times in a row before it was ready: a stdio server registered as http, or a launcher that puts itself in the background',
  next: 'set "transport": "stdio", or a command that stays in the foreground',
};

const STDIO_EXITS_AT_ONCE: Problem = {
  what: 'exits at once with code 0',
  why: 'three times in a row before it answered: a program that does not speak MCP on its stdin, or only with other arguments',
  next: 'look at its log, and at the command that its own documentation gives',
};

function withNext(problem: Problem | null, hint: string): Problem {
  const base = problem ?? { what: 'failed' };
  return { ...base, what: `${base.what}; ${hint}` };
}
