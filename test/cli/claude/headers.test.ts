import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureHubToken } from '../../../src/registry/hub-token.ts';
import { readStat } from '../../../src/supervisor/process/identity.ts';
import { type Home, temporaryHome } from '../../helpers/home.ts';
import { startProgram } from '../../helpers/running.ts';
import { tinyStdio } from '../../helpers/tiny.ts';
import { waitFor } from '../../helpers/wait.ts';

let home: Home;
let port: number;
let listener: Server | null;
beforeEach(async () => {
  home = await temporaryHome();
  port = home.hubPort;
  listener = null;
  await home.writeRegistry({});
});
afterEach(async () => {
  listener?.close();
  await home.close();
});

const headers = (url?: string) =>
  home.run('claude-mcp', ['headers'], { env: url === undefined ? {} : { CLAUDE_CODE_MCP_SERVER_URL: url } });

/** Plays the supervisor of this home: its pid file names this process, which has the token. */
async function beSupervisor(): Promise<string> {
  await mkdir(home.runtimeDir, { mode: 0o700 });
  const stat = readStat(process.pid);
  await writeFile(path.join(home.runtimeDir, 'supervisor.pid'), `${process.pid} ${stat?.startTicks}\n`);
  return ensureHubToken(home.runtimeDir);
}

async function listen(host = '127.0.0.1'): Promise<void> {
  listener = createServer().listen(port, host);
  await once(listener, 'listening');
}

describe('the listener is our supervisor', () => {
  test('the token comes as the one header, and nothing else on stdout', async () => {
    const token = await beSupervisor();
    await listen();
    expect(await headers()).toEqual({
      code: 0,
      signal: null,
      stdout: `${JSON.stringify({ Authorization: `Bearer ${token}` })}\n`,
      stderr: '',
    });
    for (const url of [`http://127.0.0.1:${port}/mcp`, `http://localhost:${port}/github/mcp?tools=search`]) {
      expect((await headers(url)).code).toBe(0);
    }
  });

  test('an entry that leads elsewhere gets nothing, however it is written', async () => {
    const token = await beSupervisor();
    await listen();
    for (const url of [
      'https://evil.example/mcp',
      `http://127.0.0.1:${port}@evil.example/mcp`,
      `http://127.0.0.1.evil.example:${port}/mcp`,
      `https://127.0.0.1:${port}/mcp`,
      `http://127.0.0.1:${port + 1}/mcp`,
      'nonsense',
      '',
    ]) {
      const { code, stdout, stderr } = await headers(url);
      expect({ url, code, stdout }).toEqual({ url, code: 1, stdout: '' });
      expect(stderr).toContain('claude-mcp install');
      expect(stderr).not.toContain(token);
    }
  });

  test('a hub that only just starts is waited for', async () => {
    await beSupervisor();
    const asked = home.start('claude-mcp', ['headers']);
    // It has found the supervisor by then: what it waits for is the port.
    await waitFor('the command to run', () => readStat(asked.pid) !== null);
    await listen();
    expect((await asked.ended).code).toBe(0);
  });

  test('a token that others could read is not used', async () => {
    await beSupervisor();
    await listen();
    await chmod(path.join(home.runtimeDir, 'hub-token'), 0o644);
    expect(await headers()).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('chmod 600') });
  });
});

describe('somebody else has the port', () => {
  const script = `require('net').createServer().listen(${'process.argv[1]'}, process.argv[2], () => console.log('up'))`;

  test.each(['127.0.0.1', '0.0.0.0', '::1'])('on %s: no token, and who it is', async (host) => {
    const token = await beSupervisor();
    const stranger = startProgram(process.execPath, ['-e', script, String(port), host]);
    await stranger.printed(/up/);
    // Ours beside it changes nothing: a client might reach the other one.
    if (host === '::1') await listen();
    const { code, stdout, stderr } = await headers();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^claude-mcp: port ${port} is held by somebody .*\\n$`));
    expect(stderr).not.toContain(token);
    if (host !== '::1') expect(stderr).toContain(`pid ${stranger.pid}`);
    stranger.child.kill();
    await stranger.ended;
  });
});

test('without a supervisor one is started, and its hub takes the token that is printed', async () => {
  await home.writeRegistry({ tiny: tinyStdio() });
  const { code, stdout } = await headers(`http://127.0.0.1:${port}/tiny/mcp`);
  expect(code).toBe(0);
  const ask = (more: Record<string, string>) =>
    fetch(`http://127.0.0.1:${port}/tiny/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...more },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
      }),
    }).then(async (response) => {
      await response.body?.cancel();
      return response.status;
    });
  expect(await ask({})).toBe(401);
  expect(await ask(JSON.parse(stdout))).not.toBe(401);
});

test('without a supervisor one is started; when it has no hub on that port, that is said in one sentence', async () => {
  const squatter = createServer().listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  const { code, stdout, stderr } = await headers();
  squatter.close();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect((await home.run('mcp', ['supervisor', 'status'])).code).toBe(0);
});

test('a suspended supervisor answers nobody: how to wake it', async () => {
  await home.run('claude-mcp', ['headers']);
  const status = JSON.parse((await home.run('mcp', ['supervisor', 'status', '--json'])).stdout);
  process.kill(status.supervisor.pid, 'SIGSTOP');
  expect(await headers()).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(`kill -CONT ${status.supervisor.pid}`),
  });
  process.kill(status.supervisor.pid, 'SIGCONT');
});
