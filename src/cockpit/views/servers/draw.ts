import { problemSentence } from '../../../registry/problem.ts';
import type { UnitView } from '../../../supervisor/api.ts';
import type { PaneBox } from '../../frame/layout.ts';
import type { State } from '../../state.ts';
import { homely } from '../../text/homely.ts';
import { fit, type Line, type Span, span } from '../../text/line.ts';
import { oneLine } from '../../text/one-line.ts';
import { pad, truncateEnd, truncateMiddle } from '../../text/truncate.ts';
import type { Role } from '../../theme/role.ts';
import type { DrawContext } from '../../view.ts';
import type { CellContext } from './columns.ts';
import { GUTTER, type PlacedColumn, placeColumns } from './place-columns.ts';
import { type TableRow, tableRows } from './rows.ts';
import { shownServers } from './select.ts';
import type { Sort } from './state.ts';
import { STATE_LOOKS } from './unit-state.ts';

/** How the order of each sort runs, for the arrow in the heading. */
const DESCENDING: ReadonlySet<Sort> = new Set(['cpu', 'memory', 'uptime']);

/** The table: heading, then as many rows as fit. */
export function drawServers(state: State, { glyphs }: DrawContext, box: PaneBox, focused: boolean): readonly Line[] {
  const cells: CellContext = { glyphs, now: state.now };
  const rows = tableRows(state);
  if (rows.length === 0) return emptyTable(state).map((text) => [span(` ${text}`)]);
  const { columns, gap } = placeColumns({ units: shownServers(state), context: cells, width: box.width });
  const shown = rows.slice(state.servers.top, state.servers.top + box.height - 1);
  const draw = { state, cells, columns, gap, width: box.width, focused };
  return [heading(draw), ...shown.map((row) => drawRow(draw, row))];
}

interface TableDrawing {
  readonly state: State;
  readonly cells: CellContext;
  readonly columns: readonly PlacedColumn[];
  readonly gap: number;
  readonly width: number;
  readonly focused: boolean;
}

function heading({ state, cells, columns, gap, width }: TableDrawing): Line {
  const { sort } = state.servers;
  const arrow = DESCENDING.has(sort) ? cells.glyphs.descending : cells.glyphs.ascending;
  const titles = columns.map(({ column, width: columnWidth }) => {
    const title = column.sort === sort ? column.title + arrow : column.title;
    return pad(title, columnWidth, column.align);
  });
  const title = fit([span(titles.join(' '.repeat(gap)))], width - GUTTER, cells.glyphs.cut);
  return [span(' '.repeat(GUTTER)), ...title.map(({ text }) => span(text, 'heading'))];
}

function drawRow(drawing: TableDrawing, { unit, kind }: TableRow): Line {
  const { state, focused, width, cells } = drawing;
  const isSelected = state.servers.selected === unit.name;
  const line = kind === 'unit' ? unitLine(drawing, unit, isSelected) : causeLine(drawing, unit);
  if (!isSelected || kind === 'cause') return fit(line, width, cells.glyphs.cut);
  // One role for the whole row: colours on the bar of the selection are hard to read.
  const role: Role = focused ? 'selected' : 'selectedAway';
  const parts = focused
    ? line.map(({ text }) => span(text, role))
    : line.map((part) => ({ ...part, role: part.role ?? role }));
  return fit([...parts], width, cells.glyphs.cut).map((part) => (part.role === undefined ? { ...part, role } : part));
}

function unitLine({ state, cells, columns, gap }: TableDrawing, unit: UnitView, isSelected: boolean): Line {
  const { glyphs } = cells;
  const pointer = state.servers.marked.has(unit.name) ? glyphs.marked : isSelected ? glyphs.pointer : ' ';
  const parts: Span[] = [
    span(`${pointer} `, 'accent'),
    span(`${glyphs.state[unit.state]} `, STATE_LOOKS[unit.state].role),
  ];
  columns.forEach(({ column, width }, index) => {
    const cell = column.cell(unit, cells, width);
    const cut = column.id === 'name' ? truncateMiddle : truncateEnd;
    parts.push({ ...cell, text: pad(cut(cell.text, width, glyphs.cut), width, column.align) });
    if (index < columns.length - 1) parts.push(span(' '.repeat(gap)));
  });
  return parts;
}

function causeLine({ cells }: TableDrawing, unit: UnitView): Line {
  const { glyphs } = cells;
  const { role } = STATE_LOOKS[unit.state];
  const text =
    unit.cause === null ? 'the entry in the registry changed: restart to apply' : problemSentence(unit.cause);
  return [span(`  ${glyphs.branch} `, 'muted'), span(oneLine(text, glyphs), role === 'ok' ? 'text' : role)];
}

function emptyTable({ link, supervisor, units, registry, setup, servers }: State): readonly string[] {
  if (supervisor === null) return [link.status === 'lost' ? 'No supervisor yet.' : 'connecting to the supervisor'];
  if (units.length > 0) return [`No server matches "${servers.filter}".`, 'Esc shows all again'];
  const file = homely(registry?.path ?? setup.registryPath, setup.home);
  return ['No servers yet.', `e opens ${file}`, 'or in a shell: mcp add NAME -- COMMAND'];
}
