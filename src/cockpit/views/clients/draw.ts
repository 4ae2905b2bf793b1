import type { ClientsView, ClientView } from '../../../supervisor/api.ts';
import type { PaneBox } from '../../frame/layout.ts';
import { type ListColumn, listHeading, listRow, placeList, selectedRow } from '../../frame/list.ts';
import type { State } from '../../state.ts';
import { moment } from '../../text/duration.ts';
import { fit, type Line, type Span, span } from '../../text/line.ts';
import { bytes, count, plural } from '../../text/quantity.ts';
import { truncateMiddle } from '../../text/truncate.ts';
import type { DrawContext } from '../../view.ts';
import { listedClients } from './select.ts';

/** When a client was seen last needs to know what day it is. */
interface Row {
  readonly client: ClientView;
  readonly now: number;
}

type Show = (client: ClientView, context: DrawContext, width: number) => Span;

const column = (
  title: string,
  width: number,
  drop: number,
  show: Show,
  more: Partial<ListColumn<Row>> = {},
): ListColumn<Row> => ({
  title,
  align: 'left',
  width,
  drop,
  grow: 0,
  cell: ({ client }, context, own) => show(client, context, own),
  ...more,
});

const orNone = (value: string | number | null, { glyphs }: DrawContext): Span =>
  value === null || value === '' ? span(glyphs.none, 'muted') : span(String(value));

/** Processes that are for one client alone. */
const ownPids = ({ uses }: ClientView): readonly number[] => uses.flatMap(({ ownPids: pids }) => pids);

/** Of what was not today, the date is enough: `2026-08-01`. */
const DAY = 10;

const COLUMNS: readonly ListColumn<Row>[] = [
  column('CLIENT', 14, 0, ({ name, version }) => span(version === null ? name : `${name} ${version}`), { grow: 0.3 }),
  column('ERA', 6, 7, ({ era }) => span(era)),
  column('VIA', 7, 8, ({ via }) => span(via)),
  column('PID', 7, 4, ({ pid }, context) => orNone(pid, context), { align: 'right' }),
  column('ENDPOINT', 10, 3, ({ endpoint }, { glyphs }, width) => span(truncateMiddle(endpoint, width, glyphs.cut)), {
    grow: 0.2,
  }),
  column('USES', 12, 2, ({ uses }, context) => orNone(uses.map(({ server }) => server).join(', '), context), {
    grow: 0.5,
  }),
  column('CALLS', 5, 1, ({ calls }) => span(count(calls)), { align: 'right' }),
  column('FAILED', 6, 5, ({ failures }) => span(count(failures), failures > 0 ? 'warn' : 'text'), { align: 'right' }),
  column('OWN', 3, 6, (client, context) => orNone(ownPids(client).length || null, context), { align: 'right' }),
  {
    ...column('SEEN', 13, 0, () => span('')),
    cell: ({ client: { connected, lastSeen }, now }, { glyphs }) =>
      connected
        ? span(`${glyphs.state.ready} connected`, 'ok')
        : span(`${glyphs.state.stopped} ${moment(lastSeen, now).slice(0, DAY)}`, 'label'),
  },
];

/** What sharing saves, in one sentence. */
export function sharingWords({ clients, sharing }: ClientsView): string {
  const { processesWithout, processes, memorySavedBytes } = sharing;
  const who = `${plural(clients.length, 'client')} ${clients.length === 1 ? 'uses' : 'share'}`;
  const shares = `${who} ${processes} ${processes === 1 ? 'process' : 'processes'} of stdio servers`;
  if (processesWithout <= processes) return shares;
  return `${shares} instead of running ${processesWithout}: ${bytes(memorySavedBytes)} saved`;
}

export function drawClients(state: State, context: DrawContext, box: PaneBox, focused: boolean): readonly Line[] {
  const { view, top, selected } = state.clients;
  const { cut } = context.glyphs;
  const listed = listedClients(state);
  if (view === null || listed.length === 0)
    return emptyClients(state).map((text) => fit([span(` ${text}`)], box.width, cut));
  const placed = placeList(COLUMNS, box.width);
  const rows = listed.slice(top, top + box.height - 2).map((client) => {
    const isSelected = client.id === selected;
    const line = listRow(placed, { client, now: state.now }, context, { isSelected, isMarked: false });
    return isSelected ? selectedRow(line, box.width, cut, focused) : fit(line, box.width, cut);
  });
  return [
    fit([span(` ${sharingWords(view)}`, 'strong')], box.width, cut),
    listHeading(placed, box.width, cut),
    ...rows,
  ];
}

function emptyClients({ clients, link, hub }: State): readonly string[] {
  if (clients.problem !== null) return [clients.problem.what, clients.problem.why ?? '', clients.problem.next ?? ''];
  if (clients.view === null) return [link.status === 'lost' ? 'No supervisor to ask.' : 'asking the supervisor'];
  return ['No client is connected.', hub?.url == null ? '' : `They connect to ${hub.url}/mcp`];
}
