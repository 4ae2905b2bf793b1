import type { UnitView } from '../../../supervisor/api.ts';
import { latency, uptime } from '../../text/duration.ts';
import { type Span, span } from '../../text/line.ts';
import { bytes, percent, rate } from '../../text/quantity.ts';
import { sparkline } from '../../text/sparkline.ts';
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
  /** The least width: what usual content needs, so that columns do not move when it changes. */
  readonly least: number;
  /** The width up to which the column keeps its content whole before others go; wider content is cut in the middle. */
  readonly kept: number;
  /** Columns given out beyond the content, where there is room. */
  readonly stretch: number;
  readonly sort: Sort | null;
  /** There only where a hub runs, which knows what it shows. */
  readonly ofHub: boolean;
  /** What stands in the cell; `width` is what it may take. */
  readonly cell: (unit: UnitView, context: CellContext, width: number) => Span;
}

type Cell = Column['cell'];

const orNone = (show: (unit: UnitView, context: CellContext) => string | number | null): Cell => {
  return (unit, context) => {
    const text = show(unit, context);
    return text === null ? span(context.glyphs.none, 'muted') : span(String(text));
  };
};

const stateCell: Cell = (unit, { now, glyphs }) => {
  const isRestarted = unit.restarts > 0 && unit.state !== 'backoff';
  const restarts = isRestarted ? ` ${glyphs.state.backoff}${unit.restarts}` : '';
  return span(stateWords(unit, now) + restarts, STATE_LOOKS[unit.state].role);
};

const healthCell: Cell = ({ probes, pid }, { glyphs }, width) => {
  const role = probes.at(-1) === null ? 'error' : pid === null ? 'muted' : 'ok';
  return span(sparkline(probes, width, glyphs.bars, glyphs.failedProbe), role);
};

function column(id: string, drop: number, least: number, cell: Cell, more: Partial<Column> = {}): Column {
  const rest = { kept: Number.POSITIVE_INFINITY, stretch: 0, sort: null, ofHub: false, align: 'right' } as const;
  return { ...rest, ...more, id, title: id.toUpperCase(), drop, least, cell };
}

/** The table's columns from left to right, after pointer and glyph. */
export const COLUMNS: readonly Column[] = [
  column(
    'name',
    0,
    4,
    orNone(({ name }) => name),
    { align: 'left', sort: 'name', kept: 24 },
  ),
  column('state', 0, 15, stateCell, { align: 'left', sort: 'state' }),
  column(
    'via',
    8,
    6,
    orNone(({ transport }) => transport),
    { align: 'left' },
  ),
  column(
    'port',
    3,
    5,
    orNone(({ port }) => port),
  ),
  column(
    'pid',
    9,
    7,
    orNone(({ pid }) => pid),
  ),
  column(
    'up',
    2,
    5,
    orNone(({ startedAt }, { now }) => (startedAt === null ? null : uptime(now - startedAt))),
    {
      sort: 'uptime',
    },
  ),
  column(
    'cpu',
    4,
    5,
    orNone(({ cpuPercent }) => (cpuPercent === null ? null : percent(cpuPercent))),
    { sort: 'cpu' },
  ),
  column(
    'mem',
    5,
    4,
    orNone(({ memoryBytes }) => (memoryBytes === null ? null : bytes(memoryBytes))),
    {
      sort: 'memory',
    },
  ),
  column(
    'tools',
    7,
    5,
    orNone(({ toolCount }) => toolCount),
  ),
  column(
    'clients',
    11,
    7,
    orNone(({ traffic }) => traffic?.clients ?? null),
    { ofHub: true },
  ),
  column(
    'calls/m',
    10,
    7,
    orNone(({ traffic }) => (traffic === null ? null : rate(traffic.callsPerMinute))),
    { ofHub: true },
  ),
  column(
    'p95',
    12,
    5,
    orNone(({ traffic }) => (traffic?.p95Ms == null ? null : latency(traffic.p95Ms))),
    { ofHub: true },
  ),
  column('health', 6, 6, healthCell, { align: 'left', stretch: 24 }),
];
