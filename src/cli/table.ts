import type { Role } from '../cockpit/theme/role.ts';

export interface Cell {
  readonly text: string;
  readonly role?: Role | undefined;
}

export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

/** A row, and lines that belong to it and are not bound to its columns. */
export interface Row {
  readonly cells: readonly Cell[];
  readonly below?: readonly Cell[];
}

export type Paint = (text: string, role: Role | undefined) => string;

const GAP = '  ';

/** Lines of a table: titles, then each row with what stands below it. Nothing is cut; no line ends in a space. */
export function formatTable(columns: readonly Column[], rows: readonly Row[], paint: Paint): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map(({ cells }) => columnsOf(cells[index]?.text ?? ''))),
  );
  const line = (cells: readonly Cell[]) => {
    const padded = columns.map(({ align }, index) => {
      const { text, role } = cells[index] ?? { text: '' };
      const space = ' '.repeat(Math.max(0, (widths[index] ?? 0) - columnsOf(text)));
      const shown = paint(text, role);
      return align === 'right' ? space + shown : shown + space;
    });
    return padded.join(GAP).trimEnd();
  };
  return [
    line(columns.map(({ title }) => ({ text: title, role: 'muted' }))),
    ...rows.flatMap(({ cells, below = [] }) => [
      line(cells),
      ...below.map(({ text, role }) => paint(`  ${text}`, role)),
    ]),
  ];
}

/** Names, numbers and our own glyphs are one column each; what can be wide (titles, causes) stands last or below. */
function columnsOf(text: string): number {
  return [...text].length;
}
