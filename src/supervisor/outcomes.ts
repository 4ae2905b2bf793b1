import type { Problem } from '../registry/problem.ts';
import type { Outcome } from './api.ts';

import { type Unit, visibleState } from './unit.ts';

/** A start is decided: ready, asleep as asked, or failed in a way that waiting does not mend by itself. */
export function startSettled(unit: Unit): boolean {
  if (unit.desired === 'stopped') return unit.phase.state !== 'stopping';
  return !['starting', 'stopping'].includes(unit.phase.state);
}

/** The tree that ran when the stop came is empty; a later command may have started the next one in the same moment. */
export function stopSettled(unit: Unit, run: number): boolean {
  return !unit.live || unit.run !== run;
}

/** A stop that the end of the supervisor overtook. */
export const ENDED_MEANWHILE: Problem = {
  what: 'the supervisor ended before the server was gone',
  why: 'that it is not wanted is recorded; the next supervisor or stop finishes it',
  next: 'run the command again',
};

interface Seen {
  readonly name: string;
  readonly unit: Unit;
  readonly pid: number | null;
  readonly problem: Problem | null;
  /** Asked for together with others. */
  readonly oneOfMany: boolean;
}

/** What to tell about a start once it is settled or the wait is over. `verb` names what was done when it worked. */
export function startOutcome({ name, unit, pid, problem, oneOfMany }: Seen, verb: string, waited: boolean): Outcome {
  const state = visibleState(unit);
  // What is on its way out is not what was started.
  const base = { name, state, pid: state === 'stopping' ? null : pid, signalled: [] };
  if (state === 'ready' || state === 'degraded')
    return { ...base, ok: true, verb, problem: state === 'degraded' ? problem : null };
  // Asking for all is not asking for credentials: who wants this one by name is told that it failed.
  if (state === 'needs-auth' && oneOfMany) return { ...base, ok: true, verb: 'needs-auth', problem };
  if (state === 'asleep') return { ...base, ok: true, verb: 'asleep', problem: null };
  if (!waited && (state === 'starting' || state === 'stopping'))
    return { ...base, ok: true, verb: 'starting', problem: null };
  if (unit.desired === 'stopped')
    return { ...base, ok: false, verb: 'failed', problem: { what: `${name} was stopped meanwhile` } };
  const slow: Problem = {
    what: `${name} is not ready yet`,
    why: problem?.what ?? 'it goes on starting',
    next: `mcp ${name} status; mcp ${name} logs`,
  };
  if (state === 'starting' || state === 'stopping') return { ...base, ok: false, verb: 'waiting', problem: slow };
  return { ...base, ok: false, verb: 'failed', problem: problem ?? { what: `${name} is ${state}` } };
}

export function unknownOutcome(name: string): Outcome {
  return {
    name,
    ok: false,
    verb: 'unknown',
    state: 'stopped',
    pid: null,
    problem: { what: `no server is called ${name}`, next: 'mcp list' },
    signalled: [],
  };
}
