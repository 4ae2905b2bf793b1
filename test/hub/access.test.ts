import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { needs } from '../helpers/require.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { type HubHome, hubHome, scripted } from './hub-home.ts';
import { saidIn } from './modern-client.ts';

const SECRET = 'gh-secret-4f6d1c0b9a';
/** Beginning like the other: neither may give away the rest of the other. */
const LONGER = `${SECRET}-and-more-8e2`;

let hub: HubHome;
let ownPort: number;

beforeAll(async () => {
  ownPort = await freePort();
  hub = await hubHome({
    plain: scripted([], { port: ownPort, env: { API_TOKEN: SECRET, GITHUB_TOKEN: LONGER } }),
    web: tinyHttp(await freePort()),
  });
});

afterAll(() => hub.close());

/** Status of a request with exactly these headers. */
function statusOf(
  port: number,
  target: string,
  headers: Readonly<Record<string, string>>,
  method = 'POST',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: target, method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end(method === 'POST' ? '{}' : undefined);
  });
}

describe('who may come in', () => {
  const everywhere = (): [number, string][] => [
    [hub.home.hubPort, '/plain/mcp'],
    [hub.home.hubPort, '/mcp'],
    [hub.home.hubPort, '/none/mcp'],
    [hub.home.hubPort, '/plain/sse'],
    [hub.home.hubPort, '/metrics'],
    [ownPort, '/mcp'],
  ];
  const refusedWith = async (headers: Readonly<Record<string, string>>) => {
    const statuses = everywhere().flatMap(([port, target]) =>
      ['POST', 'GET', 'DELETE'].map((method) => statusOf(port, target, headers, method)),
    );
    return [...new Set(await Promise.all(statuses))];
  };

  it('nobody without the token, on the hub and on the port of an entry: 401', async () => {
    const { token } = hub;
    const wrong = [
      undefined,
      'Bearer ',
      'Bearer x',
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Basic ${token}`,
      token,
    ];
    for (const authorization of wrong) {
      expect([authorization, await refusedWith(authorization === undefined ? {} : { authorization })]).toEqual([
        authorization,
        [401],
      ]);
    }
    // Nor in the address, which ends up in logs.
    expect(await statusOf(hub.home.hubPort, `/plain/mcp?token=${token}&access_token=${token}`, {})).toBe(401);
  });

  it('no page of another origin, and nothing under another host name, also with the token: 403', async () => {
    const authorization = `Bearer ${hub.token}`;
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '10.0.0.1',
      'x@evil.example',
    ]) {
      expect([host, await refusedWith({ authorization, host })]).toEqual([host, [403]]);
    }
    for (const origin of ['https://evil.example', 'null', 'file://', 'http://localhost.evil.example']) {
      expect([origin, await refusedWith({ authorization, origin })]).toEqual([origin, [403]]);
    }
  });

  it('whoever has it, on the hub and on the port of an entry', async () => {
    const there = await hub.modern('plain', { name: 'there' }).run([]);
    const url = `http://127.0.0.1:${ownPort}/mcp`;
    const { ModernClient } = await import('./modern-client.ts');
    const own = await new ModernClient({ url, token: hub.token, name: 'own port' }).run([]);
    expect(saidIn(own.result).pid).toBe(saidIn(there.result).pid);
  });

  it('health says whether all is well to everybody, and more to nobody without the token', async () => {
    const bare = await fetch(`${hub.origin}/health`);
    expect([bare.status, await bare.json()]).toEqual([200, { ok: true }]);
    const known = await fetch(`${hub.origin}/plain/health`, { headers: { authorization: `Bearer ${hub.token}` } });
    expect(await known.json()).toMatchObject({ ok: true, servers: { plain: { state: 'ready' } } });
  });
});

it('secrets of the environment show in no traffic, no message, no log', async () => {
  const client = hub.modern('plain', { name: 'leaks' });
  const legacy = await hub.legacy('plain', { name: 'leaks, too' });
  for (const secret of [SECRET, LONGER]) {
    const script = [{ log: 'error', data: secret }, { add: { note: `said ${secret} twice: ${secret}`, [secret]: 1 } }];
    // The client itself gets what the server says.
    expect(JSON.stringify((await client.run(script, { logLevel: 'debug' })).answer)).toContain(secret);
    await legacy.run(script);
    await client.run([{ error: { code: -32001, message: `bad ${secret}`, data: { secret } } }]);
    await client.request('resources/read', { uri: `x:${secret}` });
    await client.request('prompts/get', { name: secret });
    await client.request('tools/call', { name: secret, arguments: { headers: { authorization: `Bearer ${secret}` } } });
    await client.request(`x/${secret}`);
    await hub.api.call({ server: 'plain', tool: 'run', args: { script }, timeoutMs: null });
  }
  const { entries } = await hub.api.traffic({ after: 0, limit: 1_000 });
  const details = await Promise.all(entries.map(({ seq }) => hub.api.message(seq)));
  expect(entries.filter(({ server }) => server === 'plain').length).toBeGreaterThanOrEqual(16);
  const { runtimeDir } = hub.home;
  const logs = readdirSync(runtimeDir).filter((name) => name.endsWith('.log'));
  const shown = [
    JSON.stringify(entries),
    JSON.stringify(details),
    JSON.stringify(await hub.api.snapshot()),
    JSON.stringify(await hub.api.clients()),
    ...logs.map((name) => readFileSync(path.join(runtimeDir, name), 'utf8')),
    (await hub.home.run('mcp', ['plain', 'logs'])).stdout,
  ];
  for (const text of shown) for (const secret of [SECRET, LONGER, '-and-more-']) expect(text).not.toContain(secret);
  const leaked = entries.filter(({ client: { name } }) => name === 'leaks');
  expect(leaked.map(({ outcome }) => outcome)).toContain('error');
});

describe.skipIf(needs('root', 'linux', 'setpriv') !== null)('another user of the machine', () => {
  /** Runs a small program as `nobody`; its exit code. */
  function asNobody(code: string): string {
    const options = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, '-e', code];
    return execFileSync('setpriv', options, { encoding: 'utf8', env: {}, cwd: '/' }).trim();
  }

  it('reads neither token nor catalog nor database nor log, and gets to no socket, even where the home is open to all', async () => {
    await hub.modern('plain', { name: 'before' }).run([]);
    chmodSync(hub.home.dir, 0o755);
    // The program itself must be one that nobody can run, or this test could not fail.
    expect(asNobody('process.stdout.write(String(process.getuid()))')).toBe('65534');
    const { runtimeDir, dir } = hub.home;
    const files = readdirSync(runtimeDir, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ parentPath, name }) => path.join(parentPath, name));
    expect(files.map((file) => path.basename(file))).toEqual(
      expect.arrayContaining(['hub-token', 'cockpit.db', 'plain.json', 'plain.log']),
    );
    const targets = JSON.stringify([...files, path.join(dir, '.mcp-servers.json')]);
    const program = `
      const fs = require('fs'), net = require('net');
      for (const file of ${targets}) {
        try { fs.readFileSync(file); console.log('read ' + file); } catch {}
        net.connect(file).on('connect', () => { console.log('connected ' + file); process.exit(); }).on('error', () => {});
      }
      try { console.log('listed ' + fs.readdirSync(${JSON.stringify(runtimeDir)}).length); } catch {}`;
    expect(asNobody(program)).toBe('');
  });

  it('reaches the port, as everybody does, and is turned away there', () => {
    const program = `fetch('${hub.origin}/plain/mcp', { method: 'POST', body: '{}' }).then((r) => console.log(r.status))`;
    expect(asNobody(program)).toBe('401');
  });
});
