import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/protocol/json-rpc.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { type HubHome, hubHome, scripted } from './hub-home.ts';
import { saidIn } from './modern-client.ts';

let hub: HubHome;

beforeAll(async () => {
  hub = await hubHome(
    {
      old: scripted([], { limits: { bytes: 100_000 } }),
      own: scripted([], { sharing: 'session' }),
      new: scripted(['era=modern']),
    },
    { settings: { sessionIdle: '600ms' } },
  );
});

afterAll(() => hub.close());

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request with exactly these headers, and whatever answer comes, also before the body was sent. */
function raw(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): Promise<Raw> {
  const url = `${hub.origin}${path}`;
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { authorization: `Bearer ${hub.token}`, ...headers } }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

describe('a request that is none', () => {
  it.each<[number, string, string, Record<string, string>, string]>([
    [405, 'a GET without a session', 'GET', { accept: 'text/event-stream' }, ''],
    [405, 'a DELETE without a session', 'DELETE', {}, ''],
    [405, 'a PUT', 'PUT', JSON_HEADERS, '{}'],
    [415, 'a body of another type', 'POST', { ...JSON_HEADERS, 'content-type': 'text/plain' }, JSON.stringify(PING)],
    [
      406,
      'an Accept without event streams',
      'POST',
      { ...JSON_HEADERS, accept: 'application/json' },
      JSON.stringify(PING),
    ],
    [406, 'no Accept', 'POST', { 'content-type': 'application/json' }, JSON.stringify(PING)],
    [400, 'no JSON', 'POST', JSON_HEADERS, '{"jsonrpc":'],
    [400, 'no message', 'POST', JSON_HEADERS, '{"hello":1}'],
    [400, 'no message at all', 'POST', JSON_HEADERS, '[]'],
    [400, 'a legacy request without a session', 'POST', JSON_HEADERS, JSON.stringify(PING)],
    [404, 'a session that nobody knows', 'POST', { ...JSON_HEADERS, 'mcp-session-id': 'x' }, JSON.stringify(PING)],
    [404, 'a stream of a session that nobody knows', 'GET', { accept: 'text/event-stream', 'mcp-session-id': 'x' }, ''],
    [404, 'the end of a session that nobody knows', 'DELETE', { 'mcp-session-id': 'x' }, ''],
  ])('is answered %d: %s', async (status, _what, method, headers, body) => {
    const answer = await raw(method, '/old/mcp', headers, body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ jsonrpc: '2.0', error: { message: expect.stringMatching(/\w+/) } });
    if (status === 405) expect(answer.headers.allow).toMatch(/POST/);
  });

  it('is answered 404 under a path that leads nowhere', async () => {
    for (const path of ['/', '/none/mcp', '/old', '/old/mcp/more', '/mcp/old', '/constructor/mcp']) {
      expect([path, (await raw('POST', path, JSON_HEADERS, JSON.stringify(PING))).status]).toEqual([path, 404]);
    }
  });

  it('is answered 413 where it is larger than the limit of the entry, and nothing else is harmed', async () => {
    const body = JSON.stringify({ ...PING, params: { pad: 'p'.repeat(3_000_000) } });
    const answer = await raw('POST', '/old/mcp', JSON_HEADERS, body);
    expect(answer.status).toBe(413);
    expect(answer.body).toContain('100000 bytes');
    expect((await hub.modern('old', { name: 'after' }).run([])).status).toBe(200);
  });
});

describe('a session', () => {
  it('knows its revision, refuses others, and ends with DELETE', async () => {
    const client = await hub.legacy('own', { name: 'deletes' });
    expect(client.sessionId).toMatch(/^[\x21-\x7e]{20,}$/);
    const { pid } = saidIn((await client.run([])).answer.result);
    const odd = await client.send(PING, { headers: { 'mcp-protocol-version': '1999-01-01' } });
    expect(odd.status).toBe(400);
    await client.open();
    expect(await client.end()).toBe(200);
    await client.unasked.ended();
    expect((await client.send(PING)).status).toBe(404);
    expect(await client.end()).toBe(404);
    await waitFor('its process to be gone', async () => !(await isAlive(Number(pid))));
  });

  it('ends when it was idle for long, but not while its stream is open', async () => {
    const [idle, open] = [await hub.legacy('own', { name: 'idle' }), await hub.legacy('own', { name: 'open' })];
    await open.open();
    const { pid } = saidIn((await idle.run([])).answer.result);
    await waitFor('its process to be gone', async () => !(await isAlive(Number(pid))));
    expect((await idle.send(PING)).status).toBe(404);
    expect((await open.send(PING)).status).toBe(200);
    open.shut();
    await waitFor('its end, too', async () => !(await hub.api.clients()).clients.some(({ name }) => name === 'open'));
  });

  it('keeps what comes while no stream is open for the next stream', async () => {
    const client = await hub.legacy('old', { name: 'late' });
    await client.run([{ changed: 'tools' }]);
    await client.open();
    await client.unasked.method('notifications/tools/list_changed');
    await client.end();
  });
});

describe('the headers and the envelope of 2026-07-28', () => {
  const META = 'io.modelcontextprotocol/';
  const OTHER = {
    meta: { [`${META}protocolVersion`]: '2031-01-01' },
    headers: { 'mcp-protocol-version': '2031-01-01' },
  };

  it.each<[number, number, string, Parameters<ReturnType<HubHome['modern']>['run']>[1]]>([
    [400, -32020, 'no version header', { headers: { 'mcp-protocol-version': null } }],
    [400, -32020, 'another version in the header', { headers: { 'mcp-protocol-version': '2025-11-25' } }],
    [400, -32020, 'no method header', { headers: { 'mcp-method': null } }],
    [400, -32020, 'another method in the header', { headers: { 'mcp-method': 'tools/list' } }],
    [400, -32020, 'no name header', { headers: { 'mcp-name': null } }],
    [400, -32020, 'another name in the header', { headers: { 'mcp-name': 'report' } }],
    [400, -32020, 'a name header that is no base64', { headers: { 'mcp-name': '=?base64?%%%?=' } }],
    [400, -32022, 'a version that nobody speaks', OTHER],
    [400, -32602, 'no version in the envelope', { meta: { [`${META}protocolVersion`]: undefined } }],
    [400, -32602, 'no capabilities in the envelope', { meta: { [`${META}clientCapabilities`]: undefined } }],
    [400, -32602, 'capabilities that are none', { meta: { [`${META}clientCapabilities`]: 'all' } }],
  ])('%d and %d for %s', async (status, code, _what, call) => {
    for (const server of ['old', 'new']) {
      const answer = await hub.modern(server, { name: 'odd' }).run([], call);
      expect(answer).toMatchObject({ status, answer: { error: { code } } });
      if (code === -32022) {
        expect(answer.answer.error).toMatchObject({ data: { supported: ['2026-07-28'], requested: '2031-01-01' } });
      }
    }
  });

  it('pass where a name needs base64, and where a session id comes along', async () => {
    const headers = { 'mcp-name': `=?base64?${Buffer.from('run').toString('base64')}?=`, 'mcp-session-id': 'whatever' };
    expect((await hub.modern('new', { name: 'encodes' }).run([], { headers })).status).toBe(200);
  });

  it('404 and -32601 for what the era no longer has', async () => {
    const client = hub.modern('old', { name: 'nostalgic' });
    for (const method of ['ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe', 'initialize']) {
      const answer = await client.request(method, { level: 'info', uri: 'x:y' });
      expect([method, answer]).toMatchObject([method, { status: 404, answer: { error: { code: -32601 } } }]);
    }
  });

  it('the envelope stays in front: a legacy server sees none of it', async () => {
    const client = hub.modern('old', { name: 'enveloped' });
    await client.run([], { logLevel: 'error', meta: { traceparent: 'x' } });
    const { metas } = saidIn((await client.request('tools/call', { name: 'report' })).result) as {
      metas: JsonObject[];
    };
    expect(metas).toContainEqual({ traceparent: 'x' });
    expect(JSON.stringify(metas)).not.toContain(META);
  });
});
