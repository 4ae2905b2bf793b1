import type { Action } from '../../action.ts';
import { paneOf } from '../../frame/layout.ts';
import type { State } from '../../state.ts';
import type { Motion } from '../../view.ts';
import { shownServers } from './select.ts';

/** Moves the selection; it stops at both ends. */
export function moveSelection(state: State, motion: Motion): readonly Action[] {
  const shown = shownServers(state);
  const page = Math.max(1, paneOf(state, 'servers').height - 1);
  const here = shown.findIndex(({ name }) => name === state.servers.selected);
  const steps: Readonly<Record<Motion, number>> = {
    up: -1,
    down: 1,
    'page-up': -page,
    'page-down': page,
    'half-up': -Math.ceil(page / 2),
    'half-down': Math.ceil(page / 2),
    first: Number.NEGATIVE_INFINITY,
    last: Number.POSITIVE_INFINITY,
  };
  const there = shown[Math.max(0, Math.min(shown.length - 1, here + steps[motion]))];
  return there === undefined ? [] : [{ type: 'servers-selected', name: there.name }];
}
