import { fit, type Line, type Span, span } from '../text/line.ts';
import { pad, truncateEnd } from '../text/truncate.ts';
import type { Role } from '../theme/role.ts';
import type { DrawContext, Motion } from '../view.ts';

/** A column of a list whose rows are too many to measure: its width is declared. */
export interface ListColumn<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly width: number;
  /** As the list gets narrower the column with the highest number goes first; 0 never goes. */
  readonly drop: number;
  /** Its share of the room that is left. */
  readonly grow: number;
  readonly cell: (row: Row, context: DrawContext, width: number) => Span;
}

export interface PlacedListColumn<Row> {
  readonly column: ListColumn<Row>;
  readonly width: number;
}

const GAP = 2;
/** Pointer, mark, blank. */
const LIST_GUTTER = 3;

const total = (columns: readonly { readonly width: number }[]): number =>
  columns.reduce((sum, { width }) => sum + width, LIST_GUTTER + GAP * Math.max(0, columns.length - 1));

/** The columns that fit `width`, and what each gets. */
export function placeList<Row>(columns: readonly ListColumn<Row>[], width: number): readonly PlacedListColumn<Row>[] {
  let kept = columns;
  while (total(kept) > width && kept.some(({ drop }) => drop > 0)) {
    const next = Math.max(...kept.map(({ drop }) => drop));
    kept = kept.filter(({ drop }) => drop !== next);
  }
  const spare = width - total(kept);
  const shares = kept.reduce((sum, { grow }) => sum + grow, 0);
  return kept.map((column) => {
    const share = shares === 0 ? 0 : Math.trunc((spare * column.grow) / shares);
    return { column, width: Math.max(1, column.width + share) };
  });
}

const gap = span(' '.repeat(GAP));

export function listHeading<Row>(placed: readonly PlacedListColumn<Row>[], width: number, cut: string): Line {
  const titles = placed.map(({ column, width: own }) => pad(truncateEnd(column.title, own, cut), own, column.align));
  const text = fit([span(titles.join(' '.repeat(GAP)))], Math.max(0, width - LIST_GUTTER), cut);
  return [span(' '.repeat(LIST_GUTTER)), ...text.map((part) => span(part.text, 'heading'))];
}

export function listRow<Row>(
  placed: readonly PlacedListColumn<Row>[],
  row: Row,
  context: DrawContext,
  lead: { readonly isSelected: boolean; readonly isMarked: boolean },
): Line {
  const { pointer, marked, cut } = context.glyphs;
  const cells = placed.flatMap(({ column, width }, index): Span[] => {
    const cell = column.cell(row, context, width);
    const text = pad(truncateEnd(cell.text, width, cut), width, column.align);
    return index === 0 ? [{ ...cell, text }] : [gap, { ...cell, text }];
  });
  return [span((lead.isSelected ? pointer : ' ') + (lead.isMarked ? marked : ' '), 'accent'), span(' '), ...cells];
}

/** The bar of the selection: one role for the whole row where the keys go to it, since colours on a bar are hard to read. */
export function selectedRow(line: Line, width: number, cut: string, focused: boolean): Line {
  const role: Role = focused ? 'selected' : 'selectedAway';
  return fit(line, width, cut).map((part) => (focused ? span(part.text, role) : { ...part, role: part.role ?? role }));
}

/** The first row in sight when row `index` of `count` must be, moved no further from `top` than that needs. */
export function inSight(top: number, index: number, height: number, count: number): number {
  const least = Math.max(0, index - height + 1);
  return Math.max(least, Math.min(top, index, Math.max(0, count - height)));
}

/** How far each motion goes in a list with `page` rows in sight. */
export function listSteps(page: number): Readonly<Record<Motion, number>> {
  const far = Math.max(1, page - 1);
  return {
    up: -1,
    down: 1,
    'page-up': -far,
    'page-down': far,
    'half-up': -Math.ceil(far / 2),
    'half-down': Math.ceil(far / 2),
    first: Number.NEGATIVE_INFINITY,
    last: Number.POSITIVE_INFINITY,
  };
}
