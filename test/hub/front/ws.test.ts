import { once } from 'node:events';
import { get } from 'node:http';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { freePort } from '../../helpers/free-port.ts';
import { waitFor } from '../../helpers/wait.ts';
import { everything, offering, offeringHttp, type Stage, stage } from '../gateway/stage.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked at by the test
type Message = any;

/** Frames as somebody types them. */
class Frames implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly came: Message[] = [];

  constructor(url: string, headers: Record<string, string>) {
    this.socket = new WebSocket(url.replace('http:', 'ws:'), { headers });
    this.socket.on('message', (data) => this.came.push(JSON.parse(String(data))));
  }

  say(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message }));
  }

  /** The first message that fits. */
  async first(fits: (message: Message) => boolean): Promise<Message> {
    return await waitFor('a frame', () => this.came.find(fits));
  }

  async ask(id: number | string, method: string, params: object = {}): Promise<Message> {
    this.say({ id, method, params });
    return await this.first((message) => message.id === id && !message.method);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
  }
}

async function open(on: Stage, url: string): Promise<Frames> {
  const frames = new Frames(url, { authorization: `Bearer ${on.token}` });
  await once(frames.socket, 'open');
  return frames;
}

const META = 'io.modelcontextprotocol';
const envelope = (capabilities: object = {}) => ({
  _meta: {
    [`${META}/protocolVersion`]: '2026-07-28',
    [`${META}/clientCapabilities`]: capabilities,
    [`${META}/clientInfo`]: { name: 'frames', version: '1' },
  },
});

it('answers a bare request without any handshake, on every endpoint', async () => {
  const port = await freePort();
  await using on = await stage({ one: offering({ tools: ['greet'] }, { port, profile: ['work'] }) });
  for (const [url, name] of [
    [on.url('/one/ws'), 'greet'],
    [on.url('/ws'), 'one__greet'],
    [on.url('/@work/ws'), 'one__greet'],
    [`http://127.0.0.1:${port}/ws`, 'greet'],
  ] as const) {
    await using frames = await open(on, url);
    // Typed ahead: nobody waits for the first answer.
    frames.say({ id: 2, method: 'tools/call', params: { name, arguments: { n: 1 } } });
    expect((await frames.ask(1, 'tools/list')).result.tools).toMatchObject([{ name }]);
    const called = await frames.first(({ id }) => id === 2);
    expect(called.result.content[0].text).toContain('"n":1');
  }
});

it('is a legacy session for who initializes, questions of servers included', async () => {
  await using on = await stage({ everything: everything() });
  await using frames = await open(on, on.url('/everything/ws'));
  const clientInfo = { name: 'framed', version: '1' };
  const hello = { protocolVersion: '2025-06-18', capabilities: { elicitation: {} }, clientInfo };
  expect((await frames.ask('a', 'initialize', hello)).result.protocolVersion).toBe('2025-06-18');
  frames.say({ method: 'notifications/initialized' });
  let count = 0;
  const name = await waitFor('the tool to show', async () => {
    const { result } = await frames.ask(`list ${count++}`, 'tools/list');
    return result.tools.find((tool: Message) => tool.name.includes('elicitation-request'))?.name;
  });
  frames.say({ id: 'b', method: 'tools/call', params: { name, arguments: {} } });
  const question = await frames.first(({ method }) => method === 'elicitation/create');
  frames.say({ id: question.id, result: { action: 'decline' } });
  expect(JSON.stringify(await frames.first(({ id }) => id === 'b'))).toContain('declined');
  const { clients } = await on.api.clients();
  expect(clients).toMatchObject([{ name: 'framed', via: 'ws', endpoint: '/everything/ws', connected: true }]);
});

it('answers a request with the modern envelope by itself, and a listen with what changes', async () => {
  await using on = await stage({ new: offeringHttp(await freePort(), { era: 'modern', tools: ['ask', 'greet'] }) });
  await using frames = await open(on, on.url('/new/ws'));
  const found = await frames.ask(1, 'server/discover', envelope());
  expect(found.result).toMatchObject({ resultType: 'complete', supportedVersions: ['2026-07-28'] });
  const call = { name: 'ask', arguments: {}, ...envelope({ elicitation: { form: {} } }) };
  expect((await frames.ask(2, 'tools/call', call)).result).toMatchObject({ resultType: 'input_required' });
  expect((await frames.ask(3, 'ping', envelope())).error.code).toBe(-32601);
  const wrong = { _meta: { [`${META}/protocolVersion`]: '2031-01-01', [`${META}/clientCapabilities`]: {} } };
  expect((await frames.ask(4, 'tools/list', wrong)).error.code).toBe(-32022);
  frames.say({
    id: 5,
    method: 'subscriptions/listen',
    params: { notifications: { toolsListChanged: true }, ...envelope() },
  });
  const first = await frames.first(({ method }) => method === 'notifications/subscriptions/acknowledged');
  expect(first.params._meta).toEqual({ [`${META}/subscriptionId`]: 5 });
  // What is cancelled is answered no more.
  const client = async () => (await on.api.clients()).clients.find(({ name }) => name === 'frames');
  expect(await client()).toMatchObject({ connected: true, via: 'ws' });
  frames.say({ method: 'notifications/cancelled', params: { requestId: 5 } });
  await waitFor('the subscription to end', async () => (await client())?.connected === false);
});

it('says what is wrong with a frame, and goes on', async () => {
  await using on = await stage({ one: offering({ tools: ['greet'] }) });
  await using frames = await open(on, on.url('/one/ws'));
  frames.say('{"jsonrpc"');
  expect((await frames.first(({ error }) => error)).error.code).toBe(-32700);
  frames.say({ hello: 'there' });
  await frames.first(({ error }) => error?.code === -32600);
  expect((await frames.ask(7, 'ping')).result).toEqual({});
  frames.socket.send(Buffer.from([1, 2, 3]));
  expect((await once(frames.socket, 'close'))[0]).toBe(1003);
});

it('refuses whoever has no token, comes from a web page, or asks for what is not there', async () => {
  await using on = await stage({ one: offering({ tools: ['greet'] }) });
  const refused = async (path: string, headers: Record<string, string>) => {
    const socket = new WebSocket(on.url(path).replace('http:', 'ws:'), { headers });
    const [error] = await once(socket, 'error');
    return String(error);
  };
  const authorization = `Bearer ${on.token}`;
  expect(await refused('/one/ws', {})).toContain('401');
  expect(await refused(`/one/ws?token=${on.token}`, {})).toContain('401');
  expect(await refused('/one/ws', { authorization, origin: 'https://evil.example' })).toContain('403');
  expect(await refused('/two/ws', { authorization })).toContain('404');
  expect(await refused('/one/mcp', { authorization })).toContain('404');
  expect((await fetch(on.url('/one/ws'), { headers: { authorization } })).status).toBe(426);
});

it('goes on in HTTP/1 with who offers HTTP/2 by an upgrade, as clients of Java do', async () => {
  await using on = await stage({ one: offering({ tools: ['greet'] }) }, { start: [] });
  const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' };
  const request = get(on.url('/health'), { headers });
  const [response] = await once(request, 'response');
  expect(response.statusCode).toBe(200);
  response.resume();
});
