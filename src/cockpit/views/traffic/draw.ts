import type { TrafficEntry } from '../../../supervisor/api.ts';
import type { PaneBox } from '../../frame/layout.ts';
import { type ListColumn, listHeading, listRow, placeList, selectedRow } from '../../frame/list.ts';
import type { State } from '../../state.ts';
import { clock, latency } from '../../text/duration.ts';
import { fit, type Line, span } from '../../text/line.ts';
import { bytes } from '../../text/quantity.ts';
import { truncateMiddle } from '../../text/truncate.ts';
import type { DrawContext } from '../../view.ts';
import { firstIndex, freshCount, OUTCOME_LOOKS, selectedEntry, shownEntries } from './select.ts';

type Column = ListColumn<TrafficEntry>;

/** What it is about; where there is little room the name of a tool says more than the method that calls it. */
function what({ method, subject, server }: TrafficEntry, width: number): string {
  if (subject === null) return method;
  // Through the gateway a tool has its server's name before its own, which stands in the column before.
  const name = subject.startsWith(`${server}__`) ? subject.slice((server ?? '').length + 2) : subject;
  return width < NARROW ? name : `${method} ${name}`;
}

const NARROW = 24;

const COLUMNS: readonly Column[] = [
  { title: 'TIME', align: 'left', width: 8, drop: 4, grow: 0, cell: ({ at }) => span(clock(at), 'label') },
  {
    title: 'CLIENT',
    align: 'left',
    width: 11,
    drop: 3,
    grow: 0.1,
    cell: ({ client }, { glyphs }, width) => span(truncateMiddle(client.name, width, glyphs.cut)),
  },
  {
    title: ' ',
    align: 'left',
    width: 1,
    drop: 3,
    grow: 0,
    cell: ({ direction }, { glyphs }) => span(direction === 'to-server' ? glyphs.toServer : glyphs.toClient, 'accent'),
  },
  {
    title: 'SERVER',
    align: 'left',
    width: 10,
    drop: 1,
    grow: 0.1,
    cell: ({ server }, { glyphs }, width) =>
      span(server === null ? 'the hub' : truncateMiddle(server, width, glyphs.cut)),
  },
  {
    title: 'REQUEST',
    align: 'left',
    width: 14,
    drop: 0,
    grow: 0.5,
    cell: (entry, _, width) => span(what(entry, width)),
  },
  {
    title: 'SIZE',
    align: 'right',
    width: 4,
    drop: 6,
    grow: 0,
    cell: ({ requestBytes, responseBytes }) => span(bytes(requestBytes + (responseBytes ?? 0))),
  },
  {
    title: 'TOOK',
    align: 'right',
    width: 5,
    drop: 2,
    grow: 0,
    cell: ({ latencyMs }, { glyphs }) => (latencyMs === null ? span(glyphs.none, 'muted') : span(latency(latencyMs))),
  },
  {
    title: 'OUTCOME',
    align: 'left',
    width: 13,
    drop: 0,
    grow: 0.5,
    cell: ({ outcome, error }, { glyphs }) => {
      const { word, role } = OUTCOME_LOOKS[outcome];
      return span(`${glyphs.outcome[outcome]} ${word}${error === null ? '' : `: ${error}`}`, role);
    },
  },
];

/** Heading and the rows that fit, sliced out of however many there are. */
export function drawTraffic(state: State, context: DrawContext, box: PaneBox, focused: boolean): readonly Line[] {
  const shown = shownEntries(state);
  const { cut } = context.glyphs;
  if (shown.length === 0) return emptyTraffic(state).map((text) => fit([span(` ${text}`)], box.width, cut));
  const placed = placeList(COLUMNS, box.width);
  const first = firstIndex(state);
  const selected = selectedEntry(state)?.seq;
  const rows = shown.slice(first, first + box.height - 1).map((entry) => {
    const isSelected = entry.seq === selected;
    const line = listRow(placed, entry, context, { isSelected, isMarked: state.traffic.marked.has(entry.seq) });
    return isSelected ? selectedRow(line, box.width, cut, focused) : fit(line, box.width, cut);
  });
  return [listHeading(placed, box.width, cut), ...rows];
}

function emptyTraffic({ traffic, link, hub }: State): readonly string[] {
  if (traffic.problem !== null) return [traffic.problem.what, traffic.problem.why ?? '', traffic.problem.next ?? ''];
  if (!traffic.isKnown) return [link.status === 'lost' ? 'No supervisor to ask.' : 'asking the supervisor'];
  if (traffic.entries.length > 0) return [`No request matches "${traffic.filter}".`, 'Esc shows all again'];
  if (hub?.url == null) return ['Nothing passed through the hub yet.'];
  return ['Nothing passed through the hub yet.', `Clients connect to ${hub.url}/mcp; 6 calls a tool from here`];
}

/** Percentiles, what is filtered and marked, and whether it moves. */
export function trafficTitle(state: State): { readonly left: Line; readonly right: Line } {
  const { filter, latency: took, marked, entries, follow } = state.traffic;
  const shown = shownEntries(state).length;
  const fresh = freshCount(state);
  const percentiles = (['p50', 'p95', 'p99'] as const).flatMap((name) =>
    took[name] === null ? [] : [`${name} ${latency(took[name])}`],
  );
  const parts: Line[] = [
    percentiles.length === 0 ? [] : [span(percentiles.join('  '))],
    marked.size === 0 ? [] : [span(`${marked.size} marked`, 'accent')],
    filter === '' ? [] : [span(`/${filter}`, 'accent'), span(` ${shown}/${entries.length}`)],
    follow ? [span('FOLLOW', 'ok')] : [span('PAUSED', 'warn'), span(fresh > 0 ? ` +${fresh} new` : '', 'warn')],
  ];
  const right = parts.filter((part) => part.length > 0);
  return { left: [], right: right.flatMap((part, index) => (index === 0 ? part : [span('  '), ...part])) };
}
