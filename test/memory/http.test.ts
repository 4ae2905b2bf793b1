import { once } from 'node:events';
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { serveHttp } from '../../src/memory/http-server.ts';
import { MemoryStore } from '../../src/memory/store.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { type MemoryServer, startMemoryServer } from './memory-process.ts';

let home: Home;
let server: MemoryServer;

beforeAll(async () => {
  home = await temporaryHome();
  server = await startMemoryServer(home);
});
afterAll(() => home.close());

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A request with any headers at all, Host and Origin included, which fetch does not let one set. */
async function send(method: string, url: URL, headers: OutgoingHttpHeaders = {}, body = ''): Promise<Answer> {
  const outgoing = request(url, { method, headers });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

const withToken = () => ({
  authorization: `Bearer ${server.token}`,
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
});

function post(message: object, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return send('POST', server.url, { ...withToken(), ...headers }, JSON.stringify(message));
}

const initialize = (protocolVersion: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion, capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
});

/** Begins a session and returns the headers that belong to it. */
async function beginSession(protocolVersion: string): Promise<Record<string, string>> {
  const answer = await post(initialize(protocolVersion));
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body).result.protocolVersion).toBe(protocolVersion);
  const session = {
    'mcp-session-id': String(answer.headers['mcp-session-id']),
    ...(protocolVersion >= '2025-06-18' && { 'mcp-protocol-version': protocolVersion }),
  };
  expect((await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, session)).status).toBe(202);
  return session;
}

describe('/health', () => {
  test('answers without a token, and says no more than that', async () => {
    const answer = await send('GET', new URL('/health', server.url));
    expect(answer).toMatchObject({ status: 200, body: '{"ok":true}' });
  });

  test('takes nothing but GET', async () => {
    expect(await send('POST', new URL('/health', server.url))).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
  });
});

describe('the token', () => {
  test.each(['POST', 'GET', 'DELETE', 'OPTIONS'])('%s without it is refused', async (method) => {
    expect(await send(method, server.url)).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
  });

  test.each([
    ['another one', (token: string) => `Bearer ${'0'.repeat(token.length)}`],
    ['a part of it', (token: string) => `Bearer ${token.slice(0, -1)}`],
    ['more than it', (token: string) => `Bearer ${token}0`],
    ['another scheme', (token: string) => `Basic ${token}`],
    ['no scheme', (token: string) => token],
    ['nothing', () => 'Bearer '],
  ])('%s is refused', async (_, header) => {
    const answer = await post(initialize('2025-11-25'), { authorization: header(server.token) });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(answer.headers['mcp-session-id']).toBeUndefined();
    expect(answer.body).not.toContain(server.token);
  });

  test('the scheme may be written in any case', async () => {
    expect((await post(initialize('2025-11-25'), { authorization: `bearer ${server.token}` })).status).toBe(200);
  });

  test('a new one holds at once, the old one no longer', async () => {
    await using other = await temporaryHome();
    const changing = await startMemoryServer(other);
    const ask = (token: string) => send('GET', changing.url, { authorization: `Bearer ${token}` });
    const file = path.join(other.runtimeDir, 'hub-token');
    expect((await ask(changing.token)).status).not.toBe(401);
    await writeFile(file, 'n'.repeat(40));
    expect((await ask('n'.repeat(40))).status).not.toBe(401);
    expect((await ask(changing.token)).status).toBe(401);

    await rm(file);
    expect((await ask('n'.repeat(40))).status).toBe(401);
    const made = (await readFile(file, 'utf8')).trim();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await ask(made)).status).not.toBe(401);

    await chmod(file, 0o644);
    expect((await ask(made)).status).toBe(500);
    await ask(made);
    expect(changing.running.stderr().match(/others may read it/g)).toHaveLength(1);
    await chmod(file, 0o600);
    expect((await ask(made)).status).not.toBe(500);
  });

  test('MCP_HUB_TOKEN_FILE names another file', async () => {
    await using other = await temporaryHome();
    const file = path.join(other.dir, 'my-token');
    await writeFile(file, 'm'.repeat(32), { mode: 0o600 });
    const { url } = await startMemoryServer(other, { env: { MCP_HUB_TOKEN_FILE: file } });
    const answer = await send('POST', url, { ...withToken(), authorization: `Bearer ${'m'.repeat(32)}` }, '{}');
    expect(answer.status).toBe(400);
    expect((await readdir(other.dir)).sort()).toEqual(['mcp-data', 'my-token']);
  });
});

describe('names', () => {
  const port = () => server.url.port;

  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '192.168.0.1',
    '0.0.0.0',
    'user@evil.example',
  ])('Host %j is refused', async (host) => {
    for (const url of [server.url, new URL('/health', server.url)]) {
      expect((await send('GET', url, { ...withToken(), host: `${host}:${port()}` })).status).toBe(403);
    }
  });

  test.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST', 'localhost:1'])('Host %s is served', async (host) => {
    expect((await send('GET', new URL('/health', server.url), { host })).status).toBe(200);
  });

  test.each(['http://evil.example', 'https://localhost.evil.example', 'null', 'file://', 'nonsense'])(
    'Origin %s is refused',
    async (origin) => {
      const answer = await post(initialize('2025-11-25'), { origin });
      expect(answer.status).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  test.each(['http://localhost:3000', 'http://127.0.0.1', 'https://[::1]:8443'])(
    'Origin %s is served',
    async (origin) => {
      expect((await post(initialize('2025-11-25'), { origin })).status).toBe(200);
    },
  );
});

test('it listens on the loopback only, unless HOST says otherwise', async () => {
  expect(server.url.hostname).toBe('127.0.0.1');
  await using other = await temporaryHome();
  const open = await startMemoryServer(other, { env: { HOST: '0.0.0.0' } });
  expect(open.url.hostname).toBe('0.0.0.0');
  const health = new URL(`http://127.0.0.1:${open.url.port}/health`);
  expect((await send('GET', health, { host: '192.0.2.7' })).status).toBe(200);
  expect((await send('GET', health, { host: 'evil.example' })).status).toBe(403);
});

test('another path is not found', async () => {
  for (const where of ['/', '/mcp/', '/sse', '/__proto__', '//', '/mcp%00']) {
    expect((await send('GET', new URL(server.url.origin + where), withToken())).status).toBe(404);
  }
});

describe('bodies', () => {
  test('more than 1 MiB is refused, whether or not it is announced', async () => {
    const huge = JSON.stringify({ ...initialize('2025-11-25'), padding: 'x'.repeat(3_000_000) });
    expect((await send('POST', server.url, { ...withToken(), 'content-length': huge.length }, huge)).status).toBe(413);
    expect((await send('POST', server.url, { ...withToken(), 'transfer-encoding': 'chunked' }, huge)).status).toBe(413);
    expect((await fetch(server.url, { method: 'POST', headers: withToken(), body: huge })).status).toBe(413);
  });

  test('the longest text fits, even with every character escaped', async () => {
    const session = await beginSession('2025-11-25');
    const call = {
      jsonrpc: '2.0',
      id: 2,
      method: 'tools/call',
      params: { name: 'save_memory', arguments: { text: '\x01'.repeat(65_536) } },
    };
    const answer = await post(call, session);
    expect(JSON.parse(answer.body).result.isError).not.toBe(true);
  });

  test.each([
    ['no JSON', '{', 400],
    ['nothing', '', 400],
    ['no message', '[1]', 400],
    ['no request', '{"jsonrpc":"2.0"}', 400],
  ])('%s is refused', async (_, body, status) => {
    expect((await send('POST', server.url, withToken(), body)).status).toBe(status);
  });

  test('another content type is refused', async () => {
    expect((await post(initialize('2025-11-25'), { 'content-type': 'text/plain' })).status).toBe(415);
  });

  test('a client that hangs up in the middle harms nobody', async () => {
    const socket = connect(Number(server.url.port), '127.0.0.1');
    const headers = `Host: localhost\r\nAuthorization: Bearer ${server.token}\r\nContent-Length: 1000`;
    socket.write(`POST /mcp HTTP/1.1\r\n${headers}\r\n\r\n{"half`, () => socket.resetAndDestroy());
    await once(socket, 'close');
    expect((await post(initialize('2025-11-25'))).status).toBe(200);
  });
});

describe.each(['2025-11-25', '2025-06-18', '2025-03-26'])('a session of revision %s', (version) => {
  test('lives from initialize to DELETE', async () => {
    const session = await beginSession(version);
    const { status, body } = await post({ jsonrpc: '2.0', id: 2, method: 'tools/list' }, session);
    expect(status).toBe(200);
    expect(JSON.parse(body).result.tools).toHaveLength(4);
    expect((await post({ jsonrpc: '2.0', id: 3, method: 'ping' }, session)).body).toContain('"result":{}');
    expect((await send('DELETE', server.url, { ...withToken(), ...session })).status).toBe(200);
    expect((await post({ jsonrpc: '2.0', id: 4, method: 'ping' }, session)).status).toBe(404);
  });
});

describe('sessions', () => {
  test('an unknown one is not found, so that the client begins anew', async () => {
    const unknown = { 'mcp-session-id': 'of-an-earlier-run' };
    expect((await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, unknown)).status).toBe(404);
    expect((await send('GET', server.url, { ...withToken(), ...unknown })).status).toBe(404);
    expect((await send('DELETE', server.url, { ...withToken(), ...unknown })).status).toBe(404);
  });

  test('without one only initialize is served', async () => {
    expect((await post({ jsonrpc: '2.0', id: 1, method: 'tools/list' })).status).toBe(400);
  });

  test('a batch is answered as one (2025-03-26)', async () => {
    const session = await beginSession('2025-03-26');
    const answer = await send(
      'POST',
      server.url,
      { ...withToken(), ...session },
      '[{"jsonrpc":"2.0","id":5,"method":"ping"},{"jsonrpc":"2.0","id":6,"method":"ping"}]',
    );
    expect(JSON.parse(answer.body).map(({ id }: { id: number }) => id)).toEqual([5, 6]);
  });

  test('its stream can be opened again soon after the client lost it', async () => {
    const session = await beginSession('2025-11-25');
    const headers = { ...withToken(), ...session, accept: 'text/event-stream' };
    const open = async () => {
      const outgoing = request(server.url, { headers });
      outgoing.on('error', () => {});
      outgoing.end();
      const [response] = await once(outgoing, 'response');
      return { status: response.statusCode, type: response.headers['content-type'], lose: () => outgoing.destroy() };
    };
    const first = await open();
    expect(first).toMatchObject({ status: 200, type: 'text/event-stream' });
    const second = await open();
    expect(second.status).toBe(409);
    first.lose();
    // Long before the server writes into the lost one, which it does every 15 seconds.
    await expect.poll(async () => (await open()).status, { timeout: 7_000 }).toBe(200);
  });
});

describe('the modern era', () => {
  const envelope = (protocolVersion: string) => ({
    'io.modelcontextprotocol/protocolVersion': protocolVersion,
    'io.modelcontextprotocol/clientCapabilities': {},
  });
  const ask = (method: string, version = '2026-07-28', headers: OutgoingHttpHeaders = {}) =>
    post(
      { jsonrpc: '2.0', id: 1, method, params: { _meta: envelope(version) } },
      { 'mcp-protocol-version': version, 'mcp-method': method, ...headers },
    );

  test('needs no handshake and no session', async () => {
    const discovered = JSON.parse((await ask('server/discover')).body).result;
    expect(discovered).toMatchObject({
      supportedVersions: expect.arrayContaining(['2026-07-28']),
      cacheScope: 'public',
    });
    const listed = JSON.parse((await ask('tools/list')).body).result;
    expect(listed).toMatchObject({ resultType: 'complete', ttlMs: 3_600_000 });
  });

  test.each([
    ['a version nobody knows', () => ask('tools/list', '2099-01-01'), 400, -32_022],
    [
      'a header that says another method',
      () => ask('tools/list', '2026-07-28', { 'mcp-method': 'ping' }),
      400,
      -32_020,
    ],
    ['a method that is gone', () => ask('ping'), 404, -32_601],
  ])('%s is refused', async (_, send, status, code) => {
    const answer = await send();
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body).error.code).toBe(code);
  });
});

describe('limits of sessions', () => {
  let store: MemoryStore | undefined;
  let close: (() => Promise<void>) | undefined;

  afterEach(async () => {
    await close?.();
    store?.close();
  });

  async function serve(sessions: { idleMs: number; max: number }) {
    await using scratch = await temporaryHome();
    store = new MemoryStore(path.join(scratch.dataDir, 'memory.db'), () => {});
    const http = await serveHttp(store, {
      host: '127.0.0.1',
      port: 0,
      token: () => 'secret',
      sessions,
      report: () => {},
    });
    close = () => http.close();
    const headers = { ...withToken(), authorization: 'Bearer secret' };
    const ask = (message: object, session: object = {}) =>
      send('POST', new URL(http.url), { ...headers, ...session }, JSON.stringify(message));
    const begin = async () => ({
      'mcp-session-id': String((await ask(initialize('2025-11-25'))).headers['mcp-session-id']),
    });
    const ping = async (session: object) => (await ask({ jsonrpc: '2.0', id: 1, method: 'ping' }, session)).status;
    const stream = async (session: object) => {
      const outgoing = request(http.url, { headers: { ...headers, ...session, accept: 'text/event-stream' } });
      outgoing.on('error', () => {});
      outgoing.end();
      await once(outgoing, 'response');
      return () => outgoing.destroy();
    };
    return { begin, ping, stream };
  }

  test('an idle session ends, one with an open stream does not', async () => {
    const { begin, ping, stream } = await serve({ idleMs: 100, max: 10 });
    const [idle, listening] = [await begin(), await begin()];
    const hangUp = await stream(listening);
    // Each look keeps the session alive a while longer: there is time enough for it to end between two.
    await expect.poll(async () => ping(idle), { interval: 300, timeout: 30_000 }).toBe(404);
    expect(await ping(listening)).toBe(200);
    hangUp();
    await expect.poll(async () => ping(listening), { interval: 300, timeout: 30_000 }).toBe(404);
  });

  test('one too many ends the one that was idle longest', async () => {
    const { begin, ping } = await serve({ idleMs: 60_000, max: 2 });
    const [first, second] = [await begin(), await begin()];
    expect(await ping(first)).toBe(200);
    const third = await begin();
    expect([await ping(first), await ping(second), await ping(third)]).toEqual([200, 404, 200]);
  });
});
