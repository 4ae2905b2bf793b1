import type { UnitView } from '../../../supervisor/api.ts';
import { remembered } from '../../remembered.ts';
import type { State } from '../../state.ts';
import { smartCase } from '../../text/smart-case.ts';
import type { Sort } from './state.ts';
import { STATE_LOOKS } from './unit-state.ts';

const byNameOf = new WeakMap<readonly UnitView[], ReadonlyMap<string, UnitView>>();

/** The units by name, made once per list. */
export function unitsByName(units: readonly UnitView[]): ReadonlyMap<string, UnitView> {
  const known = byNameOf.get(units);
  if (known !== undefined) return known;
  const made = new Map(units.map((unit) => [unit.name, unit]));
  byNameOf.set(units, made);
  return made;
}

export function unitOf(state: State, name: string): UnitView | undefined {
  return unitsByName(state.units).get(name);
}

/** Descending where more is what one looks for. */
const COMPARE: Readonly<Record<Sort, ((a: UnitView, b: UnitView) => number) | null>> = {
  registry: null,
  name: (a, b) => (a.name < b.name ? -1 : 1),
  state: (a, b) => STATE_LOOKS[a.state].urgency - STATE_LOOKS[b.state].urgency,
  cpu: (a, b) => (b.cpuPercent ?? -1) - (a.cpuPercent ?? -1),
  memory: (a, b) => (b.memoryBytes ?? -1) - (a.memoryBytes ?? -1),
  uptime: (a, b) => (a.startedAt ?? Number.POSITIVE_INFINITY) - (b.startedAt ?? Number.POSITIVE_INFINITY),
};

const sortedOf = new WeakMap<readonly UnitView[], { readonly sort: Sort; readonly names: readonly string[] }>();

/** Names in the order of `sort`; equal ones keep the registry's order. Made once per list and order. */
export function sortedNames(units: readonly UnitView[], sort: Sort): readonly string[] {
  const known = sortedOf.get(units);
  if (known?.sort === sort) return known.names;
  const compare = COMPARE[sort];
  const names = (compare === null ? units : [...units].sort(compare)).map(({ name }) => name);
  sortedOf.set(units, { sort, names });
  return names;
}

const searchable = ({ name, title, state, transport, port }: UnitView): string =>
  [name, title, state, transport, port ?? ''].join(' ');

/** What decides which servers the table shows, and in which order. */
export const tableInputs = ({ units, servers }: State): readonly unknown[] => [units, servers.order, servers.filter];

/** The servers of the table: in the order shown, filter applied. */
export const shownServers = remembered(tableInputs, (state: State): readonly UnitView[] => {
  const units = unitsByName(state.units);
  const matcher = smartCase(state.servers.filter);
  return state.servers.order.flatMap((name) => {
    const unit = units.get(name);
    return unit === undefined || (matcher !== null && !matcher.matches(searchable(unit))) ? [] : [unit];
  });
});

export function selectedServer(state: State): UnitView | null {
  const { selected } = state.servers;
  return selected === null ? null : (unitOf(state, selected) ?? null);
}

/** What a command of the table is about: the marked servers, else the selected one. */
export function targets(state: State): readonly UnitView[] {
  const marked = state.units.filter(({ name }) => state.servers.marked.has(name));
  if (marked.length > 0) return marked;
  const selected = selectedServer(state);
  return selected === null ? [] : [selected];
}
