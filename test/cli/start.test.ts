import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { outcomesShape } from '../../src/cli/json-shapes.ts';
import { freePorts } from '../helpers/free-port.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { tinyHttp, tinyStdio } from '../helpers/tiny.ts';
import { isAlive } from '../helpers/wait.ts';
import { serverOf, statusOf } from './status-of.ts';

let home: Home;
beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(() => home.close());

test('start waits until ready, in both word orders; stop leaves nothing of the server', async () => {
  const [one = 0, two = 0] = await freePorts(2);
  await home.writeRegistry({ one: tinyHttp(one), two: tinyHttp(two) });

  const started = await home.run('mcp', ['one', 'start']);
  expect(started.code).toBe(0);
  expect(started.stdout).toMatch(/^✓ one +started, pid \d+\n$/);
  const other = await home.run('mcp', ['start', 'two', 'one']);
  expect(other.stdout).toMatch(/^✓ two +started, pid \d+\n✓ one +already running, pid \d+\n$/);
  expect((await home.run('mcp', ['all', 'status'])).code).toBe(0);

  const { pid, port, state } = await serverOf(home, 'one');
  expect({ port, state }).toEqual({ port: one, state: 'ready' });
  const answer = await fetch(`http://127.0.0.1:${one}/mcp`, {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });
  expect(answer.status).toBe(200);

  const stopped = await home.run('mcp', ['stop', 'all']);
  expect(stopped.code).toBe(0);
  expect(stopped.stdout).toMatch(/^✓ one +stopped, SIGTERM to \d+.*\n✓ two +stopped/);
  expect(await isAlive(pid ?? 0)).toBe(false);
  expect((await home.run('mcp', ['one', 'status'])).code).toBe(1);
});

test('restart is another process; stop and start of what is so already succeed', async () => {
  const [port = 0] = await freePorts(1);
  await home.writeRegistry({ one: tinyHttp(port) });
  expect((await home.run('mcp', ['one', 'restart'])).code).toBe(0);
  const { pid: before } = await serverOf(home, 'one');
  const again = await home.run('mcp', ['one', 'restart', '--json']);
  const [outcome] = outcomesShape.parse(JSON.parse(again.stdout)).outcomes;
  expect(outcome).toMatchObject({ name: 'one', ok: true, state: 'ready', problem: null });
  expect(outcome?.pid).not.toBe(before);
  expect((await home.run('mcp', ['one', 'stop'])).code).toBe(0);
  expect((await home.run('mcp', ['one', 'stop'])).stdout).toContain('already stopped');
});

test('a server that fails exits 1 and says why, beside one that does not', async () => {
  const [one = 0, two = 0] = await freePorts(2);
  const never = { restart: { policy: 'never' } };
  await home.writeRegistry({ good: tinyHttp(one), bad: tinyHttp(two, ['exit=0:3', 'slow=60000'], never) });
  const { code, stdout } = await home.run('mcp', ['all', 'start']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^✓ good +started/m);
  expect(stdout).toMatch(/^✘ bad +.*exit 3/m);
});

test('--no-wait returns while it starts; --wait is over in time and fails', async () => {
  const [one = 0, two = 0] = await freePorts(2);
  const gate = path.join(home.dir, 'gate');
  await home.writeRegistry({ one: tinyHttp(one, [`wait-for=${gate}`]), two: tinyHttp(two, [`wait-for=${gate}`]) });
  const quick = await home.run('mcp', ['one', 'start', '--no-wait']);
  expect(quick).toMatchObject({ code: 0, stderr: '' });
  expect((await serverOf(home, 'one')).state).toBe('starting');
  const waited = await home.run('mcp', ['two', 'start', '--wait', '300ms']);
  expect(waited.code).toBe(1);
  expect(waited.stdout).toMatch(/^✘ two /);
  expect((await serverOf(home, 'two')).state).toBe('starting');
});

test('Ctrl-C during the wait exits 130, says what goes on, and it goes on', async () => {
  const [port = 0] = await freePorts(1);
  const gate = path.join(home.dir, 'gate');
  await home.writeRegistry({ one: tinyHttp(port, [`wait-for=${gate}`]) });
  const running = home.start('mcp', ['one', 'start']);
  await running.printed(/one starting/);
  running.child.kill('SIGINT');
  const { code, stderr } = await running.ended;
  expect(code).toBe(130);
  expect(stderr).toContain('one is starting');
  expect((await serverOf(home, 'one')).state).toBe('starting');
});

test('--env and the variables of the shell reach the server for this run, and stand in no file', async () => {
  const [port = 0] = await freePorts(1);
  await home.writeRegistry({ one: tinyHttp(port) });
  const secret = 'do-not-write-me-down';
  const args = ['one', 'start', '--env', `EXTRA=${secret}`, '--env', 'OTHER=a=b'];
  expect((await home.run('mcp', args, { env: { LOG_LEVEL: 'trace' } })).code).toBe(0);
  const { pid } = await serverOf(home, 'one');
  const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
  expect(environment).toEqual(expect.arrayContaining([`EXTRA=${secret}`, 'OTHER=a=b', 'LOG_LEVEL=trace']));
  for (const file of await readdir(home.runtimeDir)) {
    const contents = await readFile(path.join(home.runtimeDir, file)).catch(() => Buffer.alloc(0));
    expect(contents.includes(secret), file).toBe(false);
  }
});

test('a name that was added a moment ago is known', async () => {
  const [port = 0] = await freePorts(1);
  await home.writeRegistry({ one: tinyHttp(port) });
  await home.run('mcp', ['one', 'start']);
  await home.writeRegistry({ one: tinyHttp(port), late: tinyStdio() });
  expect(await home.run('mcp', ['late', 'start'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ late/) });
});

test('a profile names its members', async () => {
  await home.writeRegistry({
    one: tinyStdio([], { profile: 'work' }),
    two: tinyStdio([], { profile: ['work', 'home'] }),
    three: tinyStdio(),
  });
  expect((await home.run('mcp', ['@work', 'start'])).stdout).toMatch(/^✓ one .*\n✓ two .*\n$/);
  expect((await statusOf(home)).servers.map(({ state }) => state)).toEqual(['ready', 'ready', 'stopped']);
});
