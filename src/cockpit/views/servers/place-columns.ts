import type { UnitView } from '../../../supervisor/api.ts';
import { remembered } from '../../remembered.ts';
import { textWidth } from '../../text/width.ts';
import { type CellContext, COLUMNS, type Column } from './columns.ts';

export interface PlacedColumn {
  readonly column: Column;
  readonly width: number;
}

/** Pointer or mark, blank, state glyph, blank. */
export const GUTTER = 4;
const GAPS = [4, 3, 2] as const;
const NARROWEST_GAP = 2;

interface Wanted {
  readonly column: Column;
  /** What the content needs, and what is kept of it before other columns go. */
  readonly whole: number;
  readonly width: number;
}

export interface TableSpace {
  readonly units: readonly UnitView[];
  readonly context: CellContext;
  readonly width: number;
}

/**
 * The columns that fit `width`, with their widths and the gap between them. Columns go in their declared order; a long name is cut
 * to what it keeps first, and below that last of all. The clock alone moves no column.
 */
export const placeColumns = remembered(
  ({ units, context, width }: TableSpace) => [units, context.glyphs, width],
  place,
);

function place({ units, context, width }: TableSpace): {
  readonly columns: readonly PlacedColumn[];
  readonly gap: number;
} {
  const hasHub = units.some(({ traffic }) => traffic !== null);
  let wanted = COLUMNS.filter(({ ofHub }) => hasHub || !ofHub).map((column) => wantedWidth(column, units, context));
  while (roomLeft(wanted, width) < 0 && wanted.some(({ column }) => column.drop > 0)) {
    const next = Math.max(...wanted.map(({ column }) => column.drop));
    wanted = wanted.filter(({ column }) => column.drop !== next);
  }
  const short = Math.max(0, -roomLeft(wanted, width));
  let spare = Math.max(0, roomLeft(wanted, width));
  const give = (most: number): number => {
    const given = Math.min(most, spare);
    spare -= given;
    return given;
  };
  const cut = wanted.map((one) => (one.column.id === 'name' ? { ...one, width: Math.max(4, one.width - short) } : one));
  const whole = cut.map((one) => ({ ...one, width: one.width + give(Math.max(0, one.whole - one.width - short)) }));
  const columns = whole.map(({ column, width: own }) => ({ column, width: own + give(column.stretch) }));
  const between = Math.max(1, columns.length - 1);
  const gap = GAPS.find((wider) => (wider - NARROWEST_GAP) * between <= spare) ?? NARROWEST_GAP;
  return { columns, gap };
}

function wantedWidth(column: Column, units: readonly UnitView[], context: CellContext): Wanted {
  const title = textWidth(column.title) + (column.sort === null ? 0 : 1);
  const least = Math.max(column.least, title);
  if (column.stretch > 0) return { column, whole: least, width: least };
  const whole = units.reduce((most, unit) => Math.max(most, textWidth(column.cell(unit, context, 0).text)), least);
  return { column, whole, width: Math.min(whole, column.kept) };
}

function roomLeft(wanted: readonly { readonly width: number }[], width: number): number {
  const content = wanted.reduce((sum, one) => sum + one.width, GUTTER);
  return width - content - NARROWEST_GAP * Math.max(0, wanted.length - 1);
}
