import type { Problem } from '../../../registry/problem.ts';
import type { UnitDetail } from '../../../supervisor/api.ts';

/** What the table can be ordered by; `registry` is the order of the file. */
export const SORTS = ['registry', 'name', 'state', 'cpu', 'memory', 'uptime'] as const;
export type Sort = (typeof SORTS)[number];

export interface ServersState {
  readonly selected: string | null;
  readonly marked: ReadonlySet<string>;
  readonly sort: Sort;
  /** What is typed after `/`; the empty string shows everything. */
  readonly filter: string;
  /** Names in the order shown, filter not applied. Kept apart from the units, so that rows do not jump under a finger. */
  readonly order: readonly string[];
  /** Row of the table (a cause line is one) that stands first in the pane. */
  readonly top: number;
  /** What the detail page shows; null until the supervisor has answered. */
  readonly detail: UnitDetail | null;
  readonly detailProblem: Problem | null;
}

export const initialServers: ServersState = {
  selected: null,
  marked: new Set(),
  sort: 'registry',
  filter: '',
  order: [],
  top: 0,
  detail: null,
  detailProblem: null,
};

export interface ServersActions {
  'servers-selected': { readonly name: string };
  'servers-marked': { readonly names: readonly string[]; readonly marked: boolean };
  'servers-sorted': { readonly sort: Sort };
  'servers-filtered': { readonly text: string };
  'server-described': { readonly name: string; readonly detail: UnitDetail };
  'server-not-described': { readonly name: string; readonly problem: Problem };
}
