import type { Action } from '../../action.ts';
import { listSteps } from '../../frame/list.ts';
import type { State } from '../../state.ts';
import { latency } from '../../text/duration.ts';
import type { Motion, View } from '../../view.ts';
import { trafficBindings } from './bindings.ts';
import { drawTraffic, trafficTitle } from './draw.ts';
import { requestPage } from './page.ts';
import { listHeight, OUTCOME_LOOKS, selectedEntry, selectedIndex, shownEntries } from './select.ts';

/** Any movement up pauses; only the end follows again. */
function move(state: State, motion: Motion): readonly Action[] {
  if (motion === 'last') return [{ type: 'traffic-selected', seq: null }];
  const shown = shownEntries(state);
  const here = selectedIndex(state);
  const there = shown[Math.max(0, Math.min(shown.length - 1, here + listSteps(listHeight(state))[motion]))];
  if (there === undefined || (state.traffic.follow && there === shown[here])) return [];
  return [{ type: 'traffic-selected', seq: there.seq }];
}

function spoken(state: State): string | null {
  const entry = selectedEntry(state);
  if (entry === null) return null;
  const { client, server, method, subject, outcome, latencyMs } = entry;
  const took = latencyMs === null ? '' : ` after ${latency(latencyMs)}`;
  return `${client.name} to ${server ?? 'the hub'}: ${method} ${subject ?? ''} ${OUTCOME_LOOKS[outcome].word}${took}`;
}

/** View 5: every request that passes through the hub. */
export const trafficView: View = {
  id: 'traffic',
  key: '5',
  name: 'Traffic',
  title: trafficTitle,
  draw: drawTraffic,
  move: (state, _world, motion) => move(state, motion),
  bindings: trafficBindings,
  prompts: [
    {
      id: 'traffic.filter',
      label: () => 'filter',
      hint: 'words; a leading ! inverts',
      typed: (text) => [{ type: 'traffic-filtered', text }],
    },
  ],
  back: ({ traffic: { filter, marked } }) => {
    if (filter !== '') return [{ type: 'traffic-filtered', text: '' }];
    return marked.size > 0 ? [{ type: 'traffic-marked', seqs: [...marked], marked: false }] : [];
  },
  pages: { request: requestPage },
  spoken,
};
