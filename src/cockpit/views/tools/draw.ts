import type { ServerTools, ToolView } from '../../../supervisor/api.ts';
import type { PaneBox } from '../../frame/layout.ts';
import { type ListColumn, listRow, placeList, selectedRow } from '../../frame/list.ts';
import type { State } from '../../state.ts';
import { moment } from '../../text/duration.ts';
import { fit, type Line, type Span, span } from '../../text/line.ts';
import { plural } from '../../text/quantity.ts';
import { tame } from '../../text/tame.ts';
import type { Role } from '../../theme/role.ts';
import type { DrawContext } from '../../view.ts';
import { STATE_LOOKS } from '../servers/unit-state.ts';
import { isDestructive, isReadOnly, toolCount, toolRows } from './select.ts';

/** What to know of a tool before it is called, the weightiest thing alone. */
export function toolNote(tool: ToolView): readonly [words: string, role: Role] {
  if (tool.disabled === 'entry') return ['switched off', 'label'];
  if (tool.disabled === 'drift') return ['held back', 'error'];
  if (tool.changed) return ['changed', 'warn'];
  if (isDestructive(tool)) return ['destructive', 'warn'];
  return isReadOnly(tool) ? ['read-only', 'ok'] : ['', 'text'];
}

const NAME = 24;

const COLUMNS: readonly ListColumn<ToolView>[] = [
  {
    title: 'TOOL',
    align: 'left',
    width: NAME,
    drop: 0,
    grow: 0.2,
    cell: ({ name, disabled }) => span(tame(name, 128), disabled === null ? 'text' : 'label'),
  },
  {
    title: 'NOTE',
    align: 'left',
    width: 12,
    drop: 1,
    grow: 0,
    cell: (tool): Span => span(...toolNote(tool)),
  },
  {
    title: 'WHAT',
    align: 'left',
    width: 20,
    drop: 2,
    grow: 1,
    cell: ({ title, description }) =>
      span(
        tame(description ?? title ?? '', 400)
          .replace(/\s+/g, ' ')
          .trim(),
        'label',
      ),
  },
];

function serverLine(
  { server, state: unit, tools, takenAt }: ServerTools,
  shown: number,
  state: State,
  glyph: string,
): Line {
  const { role } = STATE_LOOKS[unit];
  const count = shown === tools.length ? plural(shown, 'tool') : `${shown} of ${plural(tools.length, 'tool')}`;
  const changed = tools.filter((tool) => tool.changed).length;
  const drift = changed === 0 ? '' : `  ${changed} changed: A accepts`;
  const age = takenAt === null ? '  never listed' : unit === 'ready' ? '' : `  as of ${moment(takenAt, state.now)}`;
  return [
    span(`${glyph} `, role),
    span(tame(server, 64), 'strong'),
    span(`  ${unit}`, role),
    span(`  ${count}`),
    span(age, 'label'),
    span(drift, 'warn'),
  ];
}

/** The rows that fit, sliced out of however many there are. */
export function drawTools(state: State, context: DrawContext, box: PaneBox, focused: boolean): readonly Line[] {
  const rows = toolRows(state);
  const { cut, state: states } = context.glyphs;
  if (rows.length === 0) return emptyTools(state).map((text) => fit([span(` ${text}`)], box.width, cut));
  const placed = placeList(COLUMNS, box.width);
  const { top, selected } = state.tools;
  return rows.slice(top, top + box.height).map((row) => {
    if (row.kind === 'server') return fit(serverLine(row.of, row.shown, state, states[row.of.state]), box.width, cut);
    const isSelected = row.key === selected;
    const line = listRow(placed, row.tool, context, { isSelected, isMarked: false });
    return isSelected ? selectedRow(line, box.width, cut, focused) : fit(line, box.width, cut);
  });
}

function emptyTools({ tools, link, units }: State): readonly string[] {
  if (tools.problem !== null) return [tools.problem.what, tools.problem.why ?? '', tools.problem.next ?? ''];
  if (!tools.isKnown) return [link.status === 'lost' ? 'No supervisor to ask.' : 'asking the supervisor'];
  if (tools.servers.length > 0) return [`No tool matches "${tools.filter}".`, 'Esc shows all again'];
  return units.length === 0 ? ['No servers yet.'] : ['No hub runs here, so nobody keeps the lists of tools.'];
}

export function toolsTitle(state: State): { readonly left: Line; readonly right: Line } {
  const { filter, servers } = state.tools;
  const shown = toolRows(state).filter(({ kind }) => kind === 'tool').length;
  const all = toolCount(state);
  const left = servers.length === 0 ? [] : [span(`${plural(all, 'tool')} of ${plural(servers.length, 'server')}`)];
  return { left, right: filter === '' ? [] : [span(`/${filter}`, 'accent'), span(` ${shown}/${all}`)] };
}
