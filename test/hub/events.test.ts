import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/protocol/json-rpc.ts';
import { waitFor } from '../helpers/wait.ts';
import { type HubHome, hubHome, scripted } from './hub-home.ts';
import type { LegacyClient } from './legacy-client.ts';
import { MessageStream } from './message-stream.ts';
import { type ModernClient, saidIn } from './modern-client.ts';

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
/** Every server there is to talk to: both eras, shared or with a process for each client. */
const SERVERS = ['old', 'own', 'new'];

let hub: HubHome;

beforeAll(async () => {
  hub = await hubHome({
    old: scripted(),
    own: scripted([], { sharing: 'session' }),
    new: scripted(['era=modern']),
  });
});

afterAll(() => hub.close());

const reportOf = async (client: ModernClient | LegacyClient): Promise<JsonObject> => {
  const answer = await client.request('tools/call', { name: 'report', arguments: {} });
  return saidIn(answer.answer.result);
};
const dataOf = (told: readonly JsonObject[]) =>
  told.filter(({ method }) => method === 'notifications/message').map(({ params }) => (params as JsonObject).data);

describe.each(SERVERS)('what the server %s says unasked', (server) => {
  it('list_changed reaches a modern client under the id of its own subscription', async () => {
    const name = `listens to ${server}`;
    const first = hub.modern(server, { name }).listen({ toolsListChanged: true }, 'sub-a');
    const second = hub
      .modern(server, { name: `${name} too` })
      .listen({ toolsListChanged: true, promptsListChanged: true }, 7);
    const [ack] = await Promise.all([
      first.stream.method('notifications/subscriptions/acknowledged'),
      second.stream.method('notifications/subscriptions/acknowledged'),
    ]);
    expect(ack.params).toEqual({ notifications: { toolsListChanged: true }, _meta: { [SUBSCRIPTION]: 'sub-a' } });
    await hub.modern(server, { name }).run([{ changed: 'tools' }, { changed: 'prompts' }]);
    if (server !== 'own') {
      const told = await first.stream.method('notifications/tools/list_changed');
      expect(told.params).toMatchObject({ _meta: { [SUBSCRIPTION]: 'sub-a' } });
      const prompts = await second.stream.method('notifications/prompts/list_changed');
      expect(prompts.params).toMatchObject({ _meta: { [SUBSCRIPTION]: 7 } });
      expect(first.stream.of('notifications/prompts/list_changed')).toEqual([]);
    }
    first.close();
    second.close();
  });

  it('list_changed and updates of what it subscribed to reach a legacy client', async () => {
    const client = await hub.legacy(server, { name: 'subscribes' });
    const other = await hub.legacy(server, { name: 'does not' });
    await Promise.all([client.open(), other.open()]);
    const { answer } = await client.request('resources/subscribe', { uri: 'x:a' });
    expect(answer.result).toEqual({});
    await client.run([{ updated: 'x:b' }, { updated: 'x:a' }, { changed: 'resources' }]);
    await client.unasked.method('notifications/resources/list_changed');
    expect(client.unasked.of('notifications/resources/updated')).toMatchObject([{ params: { uri: 'x:a' } }]);
    expect(JSON.stringify(client.unasked.messages)).not.toContain(SUBSCRIPTION);
    await client.request('resources/unsubscribe', { uri: 'x:a' });
    await client.run([{ updated: 'x:a' }, { changed: 'tools' }]);
    await client.unasked.method('notifications/tools/list_changed');
    expect(client.unasked.of('notifications/resources/updated')).toHaveLength(1);
    expect(other.unasked.of('notifications/resources/updated')).toEqual([]);
    await Promise.all([client.end(), other.end()]);
  });
});

describe('resources', () => {
  it.each(['old', 'new'])(
    'of the server %s: a subscription of a modern client is made there and ended with it',
    async (server) => {
      const client = hub.modern(server, { name: 'watches' });
      const { stream, close } = client.listen({ resourceSubscriptions: ['x:watched'] }, 'w');
      await stream.method('notifications/subscriptions/acknowledged');
      const watched = async () => {
        const { uris, listens } = (await reportOf(client)) as {
          uris: string[];
          listens: { resourceSubscriptions?: string[] }[];
        };
        return [...uris, ...listens.flatMap(({ resourceSubscriptions = [] }) => resourceSubscriptions)];
      };
      await waitFor('the subscription', async () => (await watched()).includes('x:watched'));
      await client.run([{ updated: 'x:watched' }]);
      const told = await stream.method('notifications/resources/updated');
      expect(told.params).toEqual({ uri: 'x:watched', _meta: { [SUBSCRIPTION]: 'w' } });
      close();
      await waitFor('its end', async () => !(await watched()).includes('x:watched'));
    },
  );

  it.each(SERVERS)('of the server %s: one who only listens hears of them, without any call', async (server) => {
    const client = await hub.legacy(server, { name: 'only listens' });
    await client.open();
    await client.request('resources/subscribe', { uri: 'x:quiet' });
    if (server === 'own') {
      // Nobody else can make its own process speak.
      expect((await reportOf(client)).uris).toEqual(['x:quiet']);
    } else {
      await hub.modern(server, { name: 'somebody else' }).run([{ updated: 'x:quiet' }]);
      await client.unasked.method('notifications/resources/updated');
    }
    await client.end();
  });
});

describe.each(SERVERS)('progress of the server %s', (server) => {
  const STEPS = [{ progress: 1 }, { progress: 2 }];

  it('carries the token of each client, also where two have the same', async () => {
    const modern = hub.modern(server, { name: 'modern' });
    const legacy = await hub.legacy(server, { name: 'legacy' });
    const script = (gate: string, own: string) => [{ release: gate }, { until: own }, ...STEPS];
    const crossed = server === 'own' ? [STEPS, STEPS] : [script('p1', 'p2'), script('p2', 'p1')];
    const [one, two] = await Promise.all([
      modern.run(crossed[0] ?? [], { meta: { progressToken: 1 } }),
      legacy.run(crossed[1] ?? [], { meta: { progressToken: 1 } }),
    ]);
    const text = await modern.run(STEPS, { meta: { progressToken: 'text' } });
    for (const [{ told }, progressToken] of [
      [one, 1],
      [two, 1],
      [text, 'text'],
    ] as const) {
      expect(told).toMatchObject([1, 2].map((progress) => ({ params: { progressToken, progress, 'x-progress': 1 } })));
    }
    await legacy.end();
  });

  it('does not come to those who did not ask for it, and the rest of _meta arrives', async () => {
    const client = hub.modern(server, { name: 'traced' });
    const { told } = await client.run(STEPS, { meta: { traceparent: '00-a-b-01' } });
    expect(told).toEqual([]);
    if (server !== 'own')
      expect((await reportOf(client)).metas).toContainEqual(expect.objectContaining({ traceparent: '00-a-b-01' }));
  });
});

describe.each(SERVERS)('cancellation on the server %s', (server) => {
  const labelled = (label: string, until: string) => ({ name: 'run', arguments: { label, script: [{ until }] } });
  const has = async (client: ModernClient | LegacyClient, list: 'labels' | 'cancelled', label: string) =>
    ((await reportOf(client))[list] as string[]).includes(label);

  // Where each call has a process to itself, no other call can ask that process what it heard.
  it.skipIf(server === 'own')('a modern client lets go of its request', async () => {
    const client = hub.modern(server, { name: 'lets go' });
    const abort = new AbortController();
    const call = client.request('tools/call', labelled('gone', 'never'), { signal: abort.signal });
    const request = call.catch(() => 'given up');
    await waitFor('the call', () => has(client, 'labels', 'gone'));
    abort.abort();
    expect(await request).toBe('given up');
    await waitFor('the cancellation', () => has(client, 'cancelled', 'gone'));
  });

  it('a legacy client says so, and the same id of another client goes on', async () => {
    const [one, two] = [await hub.legacy(server, { name: 'one' }), await hub.legacy(server, { name: 'two' })];
    const lasting = two.request('tools/call', labelled('lasting', `go ${server}`), { id: 41 });
    await waitFor('the call', () => has(two, 'labels', 'lasting'));
    const cancelled = one.request('tools/call', labelled('said', 'never'), { id: 41 });
    await waitFor('the other call', () => has(one, 'labels', 'said'));
    expect(await one.notify('notifications/cancelled', { requestId: 41 })).toBe(202);
    await waitFor('the cancellation', () => has(one, 'cancelled', 'said'));
    await cancelled;
    await two.run([{ release: `go ${server}` }], { id: 42 });
    expect(saidIn((await lasting).answer.result).answers).toEqual([]);
    await Promise.all([one.end(), two.end()]);
  });
});

describe.each(SERVERS)('log messages of the server %s', (server) => {
  const SPEAK = [
    { log: 'debug', data: 'd' },
    { log: 'warning', data: 'w' },
    { log: 'error', data: 'e' },
  ];

  it('come to a modern client as severe as it asked for with the very request, and else not at all', async () => {
    const client = hub.modern(server, { name: 'reads logs' });
    expect(dataOf((await client.run(SPEAK, { logLevel: 'warning' })).told)).toEqual(['w', 'e']);
    expect(dataOf((await client.run(SPEAK)).told)).toEqual([]);
    expect(dataOf((await client.run(SPEAK, { logLevel: 'debug' })).told)).toEqual(['d', 'w', 'e']);
    expect(dataOf((await client.run(SPEAK, { logLevel: 'error' })).told)).toEqual(['e']);
  });

  it('come to a legacy client as it set the level, whatever others set', async () => {
    const [strict, curious] = [
      await hub.legacy(server, { name: 'strict' }),
      await hub.legacy(server, { name: 'curious' }),
    ];
    if (server !== 'new') {
      expect((await strict.request('logging/setLevel', { level: 'error' })).answer.result).toEqual({});
      await curious.request('logging/setLevel', { level: 'debug' });
      expect(dataOf((await curious.run(SPEAK)).told)).toEqual(['d', 'w', 'e']);
      expect(dataOf((await strict.run(SPEAK)).told)).toEqual(['e']);
      expect((await strict.request('logging/setLevel', { level: 'loud' })).answer).toMatchObject({
        error: { code: -32602 },
      });
    } else expect(dataOf((await curious.run(SPEAK)).told)).toEqual(['w', 'e']);
    await Promise.all([strict.end(), curious.end()]);
  });

  it('of one client never reach another', async () => {
    const spy = new MessageStream();
    const [speaker, listener] = ['speaker', 'listener'].map((name) => hub.modern(server, { name }));
    const waiting = listener?.run([{ sleep: 300 }], { logLevel: 'debug', told: spy });
    await speaker?.run([{ sleep: 50 }, ...SPEAK], { logLevel: 'debug' });
    await waiting;
    expect(dataOf(spy.messages)).toEqual([]);
  });
});
