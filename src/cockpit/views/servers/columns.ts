import type { UnitView } from '../../../supervisor/api.ts';
import { uptime } from '../../text/duration.ts';
import { type Span, span } from '../../text/line.ts';
import { bytes, percent } from '../../text/quantity.ts';
import { sparkline } from '../../text/sparkline.ts';
import { textWidth } from '../../text/width.ts';
import type { Glyphs } from '../../theme/glyphs.ts';
import type { Sort } from './state.ts';
import { STATE_LOOKS, stateWords } from './unit-state.ts';

export interface CellContext {
  readonly glyphs: Glyphs;
  readonly now: number;
}

export interface Column {
  readonly id: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** As the table gets narrower the column with the highest number goes first; 0 never goes. */
  readonly drop: number;
  /** Columns beyond those the content needs, given out where there is room. */
  readonly stretch: number;
  readonly sort: Sort | null;
  /** What stands in the cell; `width` is what it may take. */
  readonly cell: (unit: UnitView, context: CellContext, width: number) => Span;
  /** The least width, whatever the content. */
  readonly least: number;
}

const text = (show: (unit: UnitView, context: CellContext) => string | number | null): Column['cell'] => {
  return (unit, context) => span(String(show(unit, context) ?? context.glyphs.none));
};

const runs = (unit: UnitView): boolean => unit.pid !== null;

/** The table's columns from left to right, after pointer and glyph. */
export const COLUMNS: readonly Column[] = [
  {
    id: 'name',
    title: 'NAME',
    align: 'left',
    drop: 0,
    stretch: 0,
    sort: 'name',
    least: 4,
    cell: text(({ name }) => name),
  },
  {
    id: 'state',
    title: 'STATE',
    align: 'left',
    drop: 0,
    stretch: 0,
    sort: 'state',
    least: 5,
    cell: (unit, { now, glyphs }) => {
      const restarts = unit.restarts > 0 && unit.state !== 'backoff' ? ` ${glyphs.state.backoff}${unit.restarts}` : '';
      return span(stateWords(unit, now) + restarts, STATE_LOOKS[unit.state].role);
    },
  },
  {
    id: 'via',
    title: 'VIA',
    align: 'left',
    drop: 8,
    stretch: 0,
    sort: null,
    least: 3,
    cell: text((unit) => unit.transport),
  },
  {
    id: 'port',
    title: 'PORT',
    align: 'right',
    drop: 3,
    stretch: 0,
    sort: null,
    least: 4,
    cell: text(({ port }) => port),
  },
  { id: 'pid', title: 'PID', align: 'right', drop: 9, stretch: 0, sort: null, least: 3, cell: text(({ pid }) => pid) },
  {
    id: 'up',
    title: 'UP',
    align: 'right',
    drop: 2,
    stretch: 0,
    sort: 'uptime',
    least: 4,
    cell: text(({ startedAt }, { now }) => (startedAt === null ? null : uptime(now - startedAt))),
  },
  {
    id: 'cpu',
    title: 'CPU',
    align: 'right',
    drop: 4,
    stretch: 0,
    sort: 'cpu',
    least: 5,
    cell: text(({ cpuPercent }) => (cpuPercent === null ? null : percent(cpuPercent))),
  },
  {
    id: 'mem',
    title: 'MEM',
    align: 'right',
    drop: 5,
    stretch: 0,
    sort: 'memory',
    least: 4,
    cell: text(({ memoryBytes }) => (memoryBytes === null ? null : bytes(memoryBytes))),
  },
  {
    id: 'tools',
    title: 'TOOLS',
    align: 'right',
    drop: 7,
    stretch: 0,
    sort: null,
    least: 5,
    cell: text((unit) => unit.toolCount),
  },
  {
    id: 'health',
    title: 'HEALTH',
    align: 'left',
    drop: 6,
    stretch: 24,
    sort: null,
    least: 6,
    cell: (unit, { glyphs }, width) => {
      const failing = unit.probes.at(-1) === null;
      const line = sparkline(unit.probes, width, glyphs.bars, glyphs.failedProbe);
      return span(line, failing ? 'error' : runs(unit) ? 'ok' : 'muted');
    },
  },
];

export interface PlacedColumn {
  readonly column: Column;
  readonly width: number;
}

/** Pointer or mark, blank, state glyph, blank. */
export const GUTTER = 4;
const MOST_GAP = 4;

/**
 * The columns that fit `width`, with their widths and the gap between them. Columns go in their declared order; the name, which
 * never goes, is cut last (down to its title).
 */
export function placeColumns(
  units: readonly UnitView[],
  context: CellContext,
  width: number,
): { readonly columns: readonly PlacedColumn[]; readonly gap: number } {
  const needed = COLUMNS.map((column) => ({ column, width: neededWidth(column, units, context) }));
  let placed = needed;
  while (totalWidth(placed, 2) > width && placed.some(({ column }) => column.drop > 0)) {
    const last = Math.max(...placed.map(({ column }) => column.drop));
    placed = placed.filter(({ column }) => column.drop !== last);
  }
  const over = totalWidth(placed, 2) - width;
  if (over > 0)
    placed = placed.map((one) => (one.column.id === 'name' ? { ...one, width: Math.max(4, one.width - over) } : one));
  placed = placed.map((one) => {
    const room = Math.max(0, width - totalWidth(placed, 2));
    return { ...one, width: one.width + Math.min(one.column.stretch, room) };
  });
  const gap = [4, 3].find((wider) => wider <= MOST_GAP && totalWidth(placed, wider) <= width) ?? 2;
  return { columns: placed, gap };
}

function neededWidth(column: Column, units: readonly UnitView[], context: CellContext): number {
  const widest = Math.max(column.least, textWidth(column.title) + (column.sort === null ? 0 : 1));
  if (column.stretch > 0) return widest;
  return units.reduce((most, unit) => Math.max(most, textWidth(column.cell(unit, context, 0).text)), widest);
}

function totalWidth(placed: readonly PlacedColumn[], gap: number): number {
  return placed.reduce((sum, { width }) => sum + width, GUTTER) + gap * Math.max(0, placed.length - 1);
}
