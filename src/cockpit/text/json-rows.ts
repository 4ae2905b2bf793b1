import { tame } from './tame.ts';

const INDENT = '  ';
/** Deeper than this, a value stands on one row: what indents further is out of sight anyway. */
const DEEPEST = 16;

/** A value as JSON laid out over rows that are safe for a terminal; at most `most` rows, and one that says that there are more. */
export function jsonRows(value: unknown, most: number): readonly string[] {
  const rows: string[] = [];
  for (const row of layOut(value, { indent: '', lead: '', tail: '' }, 0)) {
    if (rows.length === most) return [...rows, '... more'];
    rows.push(tame(row));
  }
  return rows;
}

/** JSON on one row; what cannot be written (nested beyond measure) says so. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    return '(nested too deeply)';
  }
}

/** What stands around a value: the space before it, its name, and the comma after it. */
interface Around {
  readonly indent: string;
  readonly lead: string;
  readonly tail: string;
}

function* layOut(value: unknown, { indent, lead, tail }: Around, depth: number): Generator<string> {
  const isList = Array.isArray(value);
  const members: readonly (readonly [string, unknown])[] =
    typeof value !== 'object' || value === null || depth >= DEEPEST
      ? []
      : Object.entries(value).map(([key, item]) => [isList ? '' : `${JSON.stringify(key)}: `, item]);
  if (members.length === 0) {
    yield `${indent}${lead}${jsonText(value)}${tail}`;
    return;
  }
  yield `${indent}${lead}${isList ? '[' : '{'}`;
  for (const [index, [key, item]] of members.entries()) {
    const comma = index === members.length - 1 ? '' : ',';
    yield* layOut(item, { indent: indent + INDENT, lead: key, tail: comma }, depth + 1);
  }
  yield `${indent}${isList ? ']' : '}'}${tail}`;
}
