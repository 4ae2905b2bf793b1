import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { supervisorStatusShape } from '../../src/cli/json-shapes.ts';
import { isOurs } from '../../src/cli/port-is-ours.ts';
import { resolvePaths } from '../../src/registry/paths.ts';
import { freePorts } from '../helpers/free-port.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { tinyHttp, tinyStdio } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { serverOf, statusOf } from './status-of.ts';

let home: Home;
beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(() => home.close());

test('none runs: status says so with 5, stop has nothing to do', async () => {
  await home.writeRegistry({});
  expect(await home.run('mcp', ['supervisor', 'status'])).toMatchObject({ code: 5, stderr: '' });
  expect((await home.run('mcp', ['supervisor', 'stop'])).code).toBe(0);
  const { stdout } = await home.run('mcp', ['supervisor', 'status', '--json']);
  expect(supervisorStatusShape.parse(JSON.parse(stdout))).toEqual({ supervisor: null, hub: null });
  expect(await home.processes()).toEqual([]);
});

test('the word alone is half a command', async () => {
  const half = await home.run('mcp', ['supervisor']);
  expect(half).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('mcp supervisor --help') });
});

test('stop leaves HTTP servers running and says so; the next one adopts them; --all takes them along', async () => {
  const [port = 0] = await freePorts(1);
  await home.writeRegistry({ web: tinyHttp(port), pipe: tinyStdio() });
  await home.run('mcp', ['all', 'start']);
  const { pid } = await serverOf(home, 'web');
  const { pid: pipePid } = await serverOf(home, 'pipe');
  const supervisor = (await statusOf(home)).supervisor?.pid ?? 0;

  const stopped = await home.run('mcp', ['supervisor', 'stop']);
  expect(stopped).toMatchObject({ code: 0, stdout: expect.stringContaining(`still running: web (pid ${pid})`) });
  expect(stopped.stdout).not.toContain('pipe');
  expect(await isAlive(supervisor)).toBe(false);
  await waitFor('the stdio server to end with its pipes', async () => !(await isAlive(pipePid ?? 0)));
  expect(await isAlive(pid ?? 0)).toBe(true);

  expect((await home.run('mcp', ['web', 'start'])).stdout).toContain(`pid ${pid}`);
  expect((await home.run('mcp', ['supervisor', 'stop', '--all'])).code).toBe(0);
  expect(await home.processes()).toEqual([]);
});

test('restart is another supervisor with the same HTTP server', async () => {
  const [port = 0] = await freePorts(1);
  await home.writeRegistry({ web: tinyHttp(port) });
  await home.run('mcp', ['web', 'start']);
  const before = await statusOf(home);
  const { code, stdout } = await home.run('mcp', ['supervisor', 'restart', '--json']);
  expect(code).toBe(0);
  const after = supervisorStatusShape.parse(JSON.parse(stdout)).supervisor;
  expect(after?.pid).not.toBe(before.supervisor?.pid);
  await waitFor('adoption', async () => (await serverOf(home, 'web')).state === 'ready');
  expect((await serverOf(home, 'web')).pid).toBe(before.servers[0]?.pid);
});

test('a suspended one is named by every command, soon, with what wakes it', async () => {
  await home.writeRegistry({ one: tinyStdio() });
  await home.run('mcp', ['one', 'start']);
  const pid = (await statusOf(home)).supervisor?.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  try {
    for (const args of [['status'], ['one', 'start'], ['one', 'stop'], ['supervisor', 'status']]) {
      const { code, stderr } = await home.run('mcp', args);
      expect({ args, code }).toEqual({ args, code: 5 });
      expect(stderr).toContain(`(pid ${pid}) is suspended`);
      expect(stderr).toContain(`kill -CONT ${pid}`);
    }
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect((await home.run('mcp', ['one', 'status'])).code).toBe(0);
});

test('without one, stop still ends what a killed one left behind', async () => {
  const [port = 0] = await freePorts(1);
  await home.writeRegistry({ web: tinyHttp(port) });
  await home.run('mcp', ['web', 'start']);
  const { pid } = await serverOf(home, 'web');
  process.kill((await statusOf(home)).supervisor?.pid ?? 0, 'SIGKILL');
  expect((await home.run('mcp', ['web', 'stop'])).code).toBe(0);
  expect(await isAlive(pid ?? 0)).toBe(false);
  expect(await home.processes()).toEqual([]);
});

test('status tells where the hub is, or who holds its port', async () => {
  await home.writeRegistry({ pipe: tinyStdio() });
  await home.run('mcp', ['all', 'start']);
  const url = `http://127.0.0.1:${home.hubPort}`;
  expect((await home.run('mcp', ['supervisor', 'status'])).stdout).toContain(`hub ${url}/mcp: 0 clients`);
  // Its own port does not keep a first registry from the usual one.
  const paths = resolvePaths(home.env);
  expect(paths.ok && (await isOurs(paths.value, home.hubPort))).toBe(true);
  await home.run('mcp', ['supervisor', 'stop', '--all']);

  const holder = createServer().listen(home.hubPort, '127.0.0.1');
  await once(holder, 'listening');
  try {
    expect(paths.ok && (await isOurs(paths.value, home.hubPort))).toBe(false);
    await home.run('mcp', ['all', 'start']);
    const { stdout } = await home.run('mcp', ['supervisor', 'status']);
    expect(stdout).toContain('hub: does not listen');
    expect(stdout).toMatch(new RegExp(`port ${home.hubPort}: it is in use.*pid ${process.pid}`));
    const json = JSON.parse((await home.run('mcp', ['supervisor', 'status', '--json'])).stdout);
    expect(supervisorStatusShape.parse(json).hub).toMatchObject({ url: null, problems: [{}] });
  } finally {
    holder.close();
  }
});
