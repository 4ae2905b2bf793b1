import type { UnitState, UnitView } from '../../../supervisor/api.ts';
import { countdown } from '../../text/duration.ts';
import type { Role } from '../../theme/role.ts';

interface StateLook {
  readonly role: Role;
  /** Place in the order "what needs me first". */
  readonly urgency: number;
}

export const STATE_LOOKS: Readonly<Record<UnitState, StateLook>> = {
  crashed: { role: 'error', urgency: 0 },
  blocked: { role: 'error', urgency: 1 },
  backoff: { role: 'warn', urgency: 2 },
  degraded: { role: 'warn', urgency: 3 },
  'needs-auth': { role: 'warn', urgency: 4 },
  waiting: { role: 'busy', urgency: 5 },
  installing: { role: 'busy', urgency: 6 },
  starting: { role: 'busy', urgency: 7 },
  stopping: { role: 'busy', urgency: 8 },
  unconfigured: { role: 'warn', urgency: 9 },
  foreign: { role: 'text', urgency: 10 },
  ready: { role: 'ok', urgency: 11 },
  asleep: { role: 'asleep', urgency: 12 },
  stopped: { role: 'text', urgency: 13 },
};

/** States in which something of the server runs, so that it can be stopped. */
const RUNNING: ReadonlySet<UnitState> = new Set([
  'starting',
  'ready',
  'degraded',
  'installing',
  'waiting',
  'unconfigured',
]);

export const isRunning = ({ state }: UnitView): boolean => RUNNING.has(state);

/** Whether a stop would change anything: something runs, waits to run, or is wanted. */
export const canStop = (unit: UnitView): boolean =>
  unit.state !== 'foreign' && (unit.state !== 'stopped' || unit.desired === 'running');

/** The state in words: `ready`, `backoff 3/10 8s`, `stopping 4s` (until it is killed). */
export function stateWords(unit: UnitView, now: number): string {
  if (unit.state === 'backoff' && unit.retry !== null) {
    const { attempt, max, nextAt } = unit.retry;
    return `backoff ${attempt}/${max} ${countdown(nextAt, now)}`;
  }
  if (unit.state === 'stopping' && unit.killAt !== null) return `stopping ${countdown(unit.killAt, now)}`;
  return unit.state;
}

/** Whether the words of the state count seconds. */
export const isCountingDown = (unit: UnitView): boolean =>
  (unit.state === 'backoff' && unit.retry !== null) || (unit.state === 'stopping' && unit.killAt !== null);
