import type { UnitView } from '../../../supervisor/api.ts';
import type { Action, ServerVerb } from '../../action.ts';
import type { Confirmation, State } from '../../state.ts';
import { plural } from '../../text/quantity.ts';
import { targets } from './select.ts';
import { canStop, isRunning } from './unit-state.ts';

/** Why a verb would do nothing to a server; null when it would do something. */
const REASONS: Readonly<Record<ServerVerb, (unit: UnitView) => string | null>> = {
  start: (unit) => {
    if (unit.state === 'unconfigured')
      return `${unit.name} has no entry in the registry any more: it can only be stopped`;
    if (unit.state === 'foreign') return foreign(unit);
    return unit.state === 'ready' || unit.state === 'degraded' ? `${unit.name} runs already` : null;
  },
  stop: (unit) => {
    if (unit.state === 'foreign') return foreign(unit);
    return canStop(unit) ? null : `${unit.name} is stopped already`;
  },
  restart: (unit) => {
    if (unit.state === 'unconfigured')
      return `${unit.name} has no entry in the registry any more: it can only be stopped`;
    return unit.state === 'foreign' ? foreign(unit) : null;
  },
};

const foreign = ({ name }: UnitView): string => `${name} belongs to somebody else: hands off`;

/** What every command to the supervisor needs first. */
export function linkReason({ link, leaving }: State): string | null {
  if (leaving) return 'the cockpit is closing';
  if (link.status === 'connecting') return 'not connected to the supervisor yet';
  return link.status === 'lost' ? 'the supervisor is gone: reconnecting' : null;
}

/** Why `verb` does nothing to any of `units`; null when it does something to at least one. */
export function verbReason(state: State, verb: ServerVerb, units: readonly UnitView[]): string | null {
  const link = linkReason(state);
  if (link !== null) return link;
  if (units.length === 0) return 'no server is selected';
  const reasons = units.map((unit) => REASONS[verb](unit));
  return reasons.some((reason) => reason === null) ? null : (reasons[0] ?? null);
}

/** The servers to which `verb` does something. */
function affected(verb: ServerVerb, units: readonly UnitView[]): readonly UnitView[] {
  return units.filter((unit) => REASONS[verb](unit) === null);
}

export function command(verb: ServerVerb, units: readonly UnitView[]): readonly Action[] {
  return [{ type: 'servers-commanded', verb, names: affected(verb, units).map(({ name }) => name) }];
}

/** `mcp weather stop`, `mcp stop weather github`, `mcp all stop`; null where there is nobody to do it to. */
export function commandLine(verb: string, names: readonly string[] | 'all'): string | null {
  if (names === 'all') return `mcp all ${verb}`;
  if (names.length === 0) return null;
  return names.length === 1 ? `mcp ${names[0]} ${verb}` : `mcp ${verb} ${names.join(' ')}`;
}

const NAMED = 6;

/** The question before several servers are stopped at once; none before one. */
export function confirmStop(units: readonly UnitView[]): Confirmation | null {
  const stopped = affected('stop', units);
  if (stopped.length < 2) return null;
  const names = stopped.map(({ name }) => name);
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return {
    title: `Stop ${plural(stopped.length, 'server')}?`,
    text: [names.slice(0, NAMED).join(', ') + more, 'Programs that use them lose them until they are started again.'],
    yes: `Stop ${stopped.length}`,
  };
}

export const commandedNames = (state: State): readonly string[] => targets(state).map(({ name }) => name);

/** How many servers something runs of. */
export const runningCount = ({ units }: State): number => units.filter(isRunning).length;
