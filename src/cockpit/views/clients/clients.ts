import type { Action } from '../../action.ts';
import type { Binding } from '../../binding.ts';
import { listSteps } from '../../frame/list.ts';
import { fieldLines, section } from '../../frame/page-lines.ts';
import type { State } from '../../state.ts';
import { dateTime, moment } from '../../text/duration.ts';
import { BLANK, type Line, span } from '../../text/line.ts';
import { plural } from '../../text/quantity.ts';
import { pad } from '../../text/truncate.ts';
import { textWidth } from '../../text/width.ts';
import type { Motion, PageView, View } from '../../view.ts';
import { drawClients, sharingWords } from './draw.ts';
import { clientOf, clientsHeight, listedClients, selectedClient } from './select.ts';

function move(state: State, motion: Motion): readonly Action[] {
  const listed = listedClients(state);
  const wanted = state.clients.place + listSteps(clientsHeight(state))[motion];
  const there = listed[Math.max(0, Math.min(listed.length - 1, wanted))];
  return there === undefined ? [] : [{ type: 'client-selected', id: there.id }];
}

const noClient = (state: State): string | null => (selectedClient(state) === null ? 'no client is connected' : null);

const clientsBindings: readonly Binding[] = [
  {
    id: 'clients.detail',
    keys: ['enter'],
    scopes: ['clients'],
    label: 'detail',
    description: 'Open the page of the selected client: who it is, which servers it uses',
    group: 'Clients',
    priority: 90,
    dangerous: false,
    disabledReason: noClient,
    act: (state) => {
      const id = selectedClient(state)?.id;
      return id === undefined
        ? []
        : [{ type: 'overlay-opened', overlay: { kind: 'page', topic: { type: 'client', id }, top: 0 } }];
    },
  },
  {
    id: 'clients.traffic',
    keys: ['t'],
    scopes: ['clients', 'page:client'],
    label: 'traffic',
    description: 'Go to the traffic of the selected client',
    group: 'Clients',
    priority: 80,
    dangerous: false,
    disabledReason: noClient,
    act: (state) => {
      // A filter is words: the first one of a name tells clients apart well enough.
      const name = selectedClient(state)?.name.split(/\s/)[0] ?? '';
      return [
        { type: 'traffic-filtered', text: name },
        { type: 'focused', view: 'traffic' },
      ];
    },
  },
];

const clientPage: PageView = {
  title: (topic, state) => (topic.type === 'client' ? (clientOf(state, topic.id)?.name ?? 'client') : ''),
  draw: (topic, state, _context, width) => {
    const client = topic.type === 'client' ? clientOf(state, topic.id) : null;
    if (client === null) return [[span(' this client is gone')]];
    const { name, version, era, revision, via, pid, command, since, lastSeen, calls, failures, uses } = client;
    const widest = Math.max(4, ...uses.map(({ server }) => textWidth(server)));
    return [
      ...fieldLines('name', [name, version].filter((part) => part !== null).join(' '), width, 'strong'),
      ...fieldLines('speaks', [era, revision, via].filter((part) => part !== null).join(', '), width),
      ...fieldLines('endpoint', client.endpoint, width),
      ...fieldLines('process', pid === null ? 'not known' : `pid ${pid}`, width),
      ...(command === null ? [] : fieldLines('command', command, width)),
      ...fieldLines('since', dateTime(since), width),
      ...fieldLines(
        'seen',
        client.connected ? 'connected' : moment(lastSeen, state.now),
        width,
        client.connected ? 'ok' : 'text',
      ),
      ...fieldLines('calls', `${calls}, ${failures} failed`, width, failures > 0 ? 'warn' : 'text'),
      ...section(`Uses ${plural(uses.length, 'server')}`),
      ...uses.map(({ server, calls: made, ownPids }): Line => {
        const shares = ownPids.length === 0 ? 'shares its process' : `has its own: pid ${ownPids.join(', ')}`;
        return [span(`  ${pad(server, widest, 'left')}  `, 'accent'), span(`${plural(made, 'call')}, ${shares}`)];
      }),
      BLANK,
      [span(` ${state.clients.view === null ? '' : sharingWords(state.clients.view)}`, 'label')],
    ];
  },
};

/** View 7: which program uses which server, and what sharing saves. */
export const clientsView: View = {
  id: 'clients',
  key: '7',
  name: 'Clients',
  title: () => ({ left: [], right: [] }),
  draw: drawClients,
  move: (state, _world, motion) => move(state, motion),
  bindings: clientsBindings,
  prompts: [],
  back: () => [],
  pages: { client: clientPage },
  spoken: (state) => {
    const client = selectedClient(state);
    if (client === null) return null;
    const { name, connected, uses, calls } = client;
    const servers = uses.map(({ server }) => server).join(', ');
    return `${name}, ${connected ? 'connected' : 'gone'}, ${plural(calls, 'call')}${servers === '' ? '' : `, uses ${servers}`}`;
  },
};
