import { BLANK, type Line, span } from '../text/line.ts';
import { wrapColumns } from '../text/sgr.ts';
import type { Role } from '../theme/role.ts';

const LABEL = 12;

/** `label` and a value that wraps under itself. */
export function fieldLines(label: string, value: string, width: number, role: Role = 'text'): Line[] {
  return wrapColumns(value, Math.max(10, width - LABEL - 2)).map((row, index) => [
    span(` ${(index === 0 ? label : '').padEnd(LABEL)} `, 'label'),
    span(row, role),
  ]);
}

/** A blank row, and the title of what follows. */
export const section = (title: string): Line[] => [BLANK, [span(` ${title}`, 'title')]];
