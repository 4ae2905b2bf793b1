import type { Action } from '../../action.ts';
import { listSteps } from '../../frame/list.ts';
import type { State } from '../../state.ts';
import { tame } from '../../text/tame.ts';
import type { Motion, View } from '../../view.ts';
import { toolsBindings } from './bindings.ts';
import { drawTools, toolNote, toolsTitle } from './draw.ts';
import { formBindings } from './form-bindings.ts';
import { callPage } from './page.ts';
import { selectedTool, toolRows, toolsHeight } from './select.ts';

/** Moves from tool to tool, over the headings; it stops at both ends. */
function move(state: State, motion: Motion): readonly Action[] {
  const rows = toolRows(state);
  const by = listSteps(toolsHeight(state))[motion];
  const wanted = Math.max(0, Math.min(rows.length - 1, state.tools.place + by));
  const after = rows.slice(wanted).find(({ kind }) => kind === 'tool');
  const before = rows.slice(0, wanted + 1).findLast(({ kind }) => kind === 'tool');
  const there = by < 0 ? (before ?? after) : (after ?? before);
  return there?.kind === 'tool' ? [{ type: 'tool-selected', key: there.key }] : [];
}

/** View 6: what all servers can do, and a form to make them do it. */
export const toolsView: View = {
  id: 'tools',
  key: '6',
  name: 'Tools',
  title: toolsTitle,
  draw: drawTools,
  move: (state, _world, motion) => move(state, motion),
  bindings: [...toolsBindings, ...formBindings],
  prompts: [
    {
      id: 'tools.filter',
      label: () => 'search',
      hint: 'words; a leading ! inverts',
      typed: (text) => [{ type: 'tools-filtered', text }],
    },
  ],
  back: ({ tools: { filter } }) => (filter === '' ? [] : [{ type: 'tools-filtered', text: '' }]),
  pages: { call: callPage },
  spoken: (state) => {
    const row = selectedTool(state);
    return row === null ? null : `${row.server} ${tame(row.tool.name, 128)} ${toolNote(row.tool)[0]}`.trim();
  },
};
