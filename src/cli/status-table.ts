import { uptime } from '../cockpit/text/duration.ts';
import { bytes, percent } from '../cockpit/text/quantity.ts';
import type { Glyphs } from '../cockpit/theme/glyphs.ts';
import type { UnitView } from '../supervisor/api.ts';
import { oneLine } from './safe-text.ts';
import { type Cell, type Column, formatTable, type Paint, type Row } from './table.ts';
import { problemLine, stateRole, stateText } from './unit-text.ts';

const STATUS_COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'STATE' },
  { title: 'VIA' },
  { title: 'PORT', align: 'right' },
  { title: 'PID', align: 'right' },
  { title: 'UP', align: 'right' },
  { title: 'CPU', align: 'right' },
  { title: 'MEM', align: 'right' },
  { title: 'TOOLS', align: 'right' },
];

const LIST_COLUMNS: readonly Column[] = [
  { title: 'NAME' },
  { title: 'STATE' },
  { title: 'VIA' },
  { title: 'PORT', align: 'right' },
  { title: 'WHAT' },
];

export interface TableLook {
  readonly glyphs: Glyphs;
  readonly paint: Paint;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How the servers are: one row each, and why not under those that are not well. */
export function statusTable(units: readonly UnitView[], look: TableLook): string[] {
  const rows = units.map((unit): Row => {
    const { pid, startedAt, cpuPercent, memoryBytes, toolCount } = unit;
    return {
      cells: [
        ...identity(unit, look),
        figure(pid, String),
        figure(startedAt, (at) => uptime(look.now - at)),
        figure(cpuPercent, percent),
        figure(memoryBytes, bytes),
        figure(toolCount, String),
      ],
      below: causes(unit, look),
    };
  });
  return formatTable(STATUS_COLUMNS, rows, look.paint);
}

/** What there is: one row for each entry. */
export function listTable(units: readonly UnitView[], look: TableLook): string[] {
  const rows = units.map((unit) => ({ cells: [...identity(unit, look), { text: oneLine(unit.title) }] }));
  return formatTable(LIST_COLUMNS, rows, look.paint);
}

function identity(unit: UnitView, { glyphs, now }: TableLook): Cell[] {
  return [
    { text: unit.name, role: 'strong' },
    { text: stateText(unit, glyphs, now), role: stateRole(unit.state) },
    { text: unit.transport },
    figure(unit.port, String),
  ];
}

/** Nothing to show is a dash: a zero is a measured zero. */
function figure<T>(value: T | null, format: (value: T) => string): Cell {
  return value === null ? { text: '-', role: 'muted' } : { text: format(value) };
}

function causes({ name, cause, entryChanged, pid }: UnitView, { glyphs }: TableLook): Cell[] {
  const changed = entryChanged && pid !== null;
  return [
    ...(cause === null ? [] : [{ text: `${glyphs.branch} ${problemLine(cause)}`, role: 'warn' as const }]),
    ...(changed ? [{ text: `${glyphs.branch} its entry changed → mcp ${name} restart`, role: 'warn' as const }] : []),
  ];
}
