import type { State } from '../../state.ts';
import { type Line, span } from '../../text/line.ts';
import type { View } from '../../view.ts';
import { serversBindings } from './bindings.ts';
import { drawServers } from './draw.ts';
import { moveSelection } from './move.ts';
import { serverPage } from './page.ts';
import { shownServers } from './select.ts';

function titleRight(state: State): Line {
  const { filter, sort, marked } = state.servers;
  const parts: Line[] = [];
  if (marked.size > 0) parts.push([span(`${marked.size} marked`, 'accent')]);
  if (filter !== '')
    parts.push([span(`/${filter}`, 'accent'), span(` ${shownServers(state).length}/${state.units.length}`)]);
  if (sort !== 'registry') parts.push([span(`by ${sort}`)]);
  return parts.flatMap((part, index) => (index === 0 ? part : [span('  '), ...part]));
}

/** View 1: every server of the registry, what state it is in and why. */
export const serversView: View = {
  id: 'servers',
  key: '1',
  name: 'Servers',
  title: (state) => ({ left: [], right: titleRight(state) }),
  draw: drawServers,
  move: (state, _world, motion) => moveSelection(state, motion),
  bindings: serversBindings,
  prompts: [
    {
      id: 'servers.filter',
      label: () => 'filter',
      hint: 'a leading ! inverts',
      typed: (text) => [{ type: 'servers-filtered', text }],
    },
  ],
  back: ({ servers: { filter, marked } }) => {
    if (filter !== '') return [{ type: 'servers-filtered', text: '' }];
    return marked.size > 0 ? [{ type: 'servers-marked', names: [...marked], marked: false }] : [];
  },
  pages: { server: serverPage },
};
