import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tinyHttp, tinyStdio } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { nonceHolders } from './oracle.ts';
import { quietPort } from './quiet-port.ts';
import { expectSameStart, onStage } from './stage.ts';

describe.concurrent('a supervisor that is killed with -9', () => {
  test('HTTP servers keep their processes, stdio servers come back, and the next command finds all of it', async () => {
    await onStage({ web: tinyHttp(await quietPort(), ['child=1']), pipe: tinyStdio() }, async (stage) => {
      await stage.mcp('all start');
      const [web, pipe] = [await stage.server('web'), await stage.server('pipe')];
      await stage.killSupervisor();
      await waitFor('the stdio server to end with its pipes', async () => !(await isAlive(pipe.pid ?? 0)));
      const unattended = await stage.server('web');
      expect(unattended).toMatchObject({ state: 'ready', desired: 'running' });
      expectSameStart(unattended, web);
      expect(unattended.cause?.what).toContain('no supervisor is running');
      expect((await stage.mcp('web start')).stdout).toContain(`already running, pid ${web.pid}`);
      const back = await stage.until('pipe', 'ready');
      expect(back.pid).not.toBe(pipe.pid);
      const adopted = await stage.server('web');
      expect(adopted).toMatchObject({ state: 'ready', pid: web.pid });
      expectSameStart(adopted, web);
      expect((await nonceHolders(stage.home.runtimeDir)).size).toBe(3);
    });
  });

  test('the end of an adopted server is noticed, explained with its exit code, and the server restarted', async () => {
    const web = tinyHttp(await quietPort(), ['exit-on-usr1=7'], { health: { interval: '1h' } });
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      await stage.killSupervisor();
      await stage.mcp('web start');
      const { pid } = await stage.until('web', 'ready');
      process.kill(pid ?? 0, 'SIGUSR1');
      const again = await stage.until('web', ({ state, restarts }) => state === 'ready' && restarts === 1);
      expect(again.lastExit).toMatchObject({ code: 7 });
      expect(again.pid).not.toBe(pid);
    });
  });

  test('a server that ends while nobody watches is shown with its code, then counted as one failure and restarted', async () => {
    const web = tinyHttp(await quietPort(), ['exit-on-usr1=7']);
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      await stage.killSupervisor();
      process.kill(pid ?? 0, 'SIGUSR1');
      await waitFor('it to end', async () => (await stage.launched()).length === 2);
      const seen = await stage.server('web');
      expect(seen).toMatchObject({ state: 'stopped', desired: 'running', pid: null, lastExit: { code: 7 } });
      expect(seen.cause?.what).toMatch(/exit 7.*unattended/);
      await stage.mcp('calm start');
      const back = await stage.until('web', 'ready');
      expect(back).toMatchObject({ restarts: 1, lastExit: { code: 7 } });
    });
  });

  test('a stdio server that outlives its pipes is ended before a new one starts', async () => {
    await onStage({ pipe: tinyStdio(['ignore-eof=1', 'child=1']) }, async (stage) => {
      await stage.mcp('pipe start');
      const { pid } = await stage.server('pipe');
      await stage.killSupervisor();
      expect(await isAlive(pid ?? 0)).toBe(true);
      await stage.mcp('calm start');
      const back = await stage.until('pipe', (view) => view.state === 'ready' && view.pid !== pid);
      expect(await isAlive(pid ?? 0)).toBe(false);
      expect(back.restarts).toBe(0);
      expect((await nonceHolders(stage.home.runtimeDir)).size).toBe(2);
    });
  });

  test('F2 in the middle of a stop: the next supervisor finishes it, and does not start the server again', async () => {
    const web = tinyHttp(await quietPort(), ['ignore-term=1'], { stop: { grace: '1s' } });
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      const stop = stage.begin('web stop');
      await stage.until('web', ({ killAt }) => killAt !== null);
      await stage.killSupervisor();
      const { code, stderr } = await stop.ended;
      expect(code).toBe(5);
      expect(stderr).toContain('the connection to the supervisor was lost');
      expect(await isAlive(pid ?? 0)).toBe(true);
      await stage.mcp('calm start');
      await stage.until('web', 'stopped');
      expect(await isAlive(pid ?? 0)).toBe(false);
      const log = await readFile(join(stage.home.runtimeDir, 'web.log'), 'utf8');
      expect(log.match(/--- .* started pid/g)).toHaveLength(1);
    });
  });

  test('F2 a stop that is repeated without a supervisor ends the server from there', async () => {
    const web = tinyHttp(await quietPort(), ['ignore-term=1'], { stop: { grace: '300ms' } });
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      await stage.killSupervisor();
      const { code, stdout } = await stage.mcp('web stop');
      expect(code).toBe(0);
      expect(stdout).toContain(`SIGKILL to ${pid}`);
      expect(await isAlive(pid ?? 0)).toBe(false);
      expect(await stage.server('web')).toMatchObject({ state: 'stopped', desired: 'stopped' });
      const { supervisor } = await stage.status();
      expect(supervisor, 'a stop starts no supervisor').toBeNull();
      await stage.mcp('calm start');
    });
  });

  test('a stop without a supervisor leaves the other servers exactly as they are, whatever is left of them', async () => {
    const entries = {
      web: tinyHttp(await quietPort()),
      // Its child outlives it: something of it is left that has to be ended before it starts again.
      messy: tinyHttp(await quietPort(), ['child=1']),
    };
    await onStage(entries, async (stage) => {
      await stage.mcp('web messy start');
      const { pid } = await stage.server('messy');
      await stage.killSupervisor();
      process.kill(pid ?? 0, 'SIGKILL');
      await waitFor('it to be gone', async () => !(await isAlive(pid ?? 0)));
      expect((await stage.mcp('web stop')).code).toBe(0);
      const after = await stage.server('messy');
      expect(after, 'nothing is started by a stop').toMatchObject({ pid: null, desired: 'running' });
      await stage.mcp('calm start');
      await stage.until('messy', 'ready');
    });
  });
});

describe.concurrent('a supervisor that is told to end', () => {
  test('F2 in the middle of a stop: it says nothing odd, and the next one finishes the stop', async () => {
    const web = tinyHttp(await quietPort(), ['ignore-term=1'], { stop: { grace: '1500ms' } });
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      const stop = stage.begin('web stop');
      await stage.until('web', ({ killAt }) => killAt !== null);
      const supervisor = await stage.supervisorPid();
      expect((await stage.mcp('supervisor stop')).code).toBe(0);
      expect(await isAlive(supervisor)).toBe(false);
      await stop.ended;
      const log = await readFile(join(stage.home.runtimeDir, 'supervisor.log'), 'utf8');
      expect(log).not.toContain('internal error');
      await stage.mcp('calm start');
      await stage.until('web', 'stopped');
      expect(await isAlive(pid ?? 0)).toBe(false);
    });
  });

  test('F1 in the middle of starts, restarts and crashes: nothing is lost, and the next one has all of it', async () => {
    const entries = {
      web: tinyHttp(await quietPort(), ['slow=300']),
      sick: tinyHttp(await quietPort(), ['exit=20:1'], {
        restart: { max: 1000, backoff: { initial: '5ms', max: '5ms' } },
      }),
      pipe: tinyStdio(),
    };
    await onStage(entries, async (stage) => {
      for (let round = 0; round < 3; round++) {
        await stage.mcp('web pipe restart --no-wait');
        await stage.mcp('sick start --no-wait');
        expect((await stage.mcp('supervisor stop')).code).toBe(0);
      }
      const log = await readFile(join(stage.home.runtimeDir, 'supervisor.log'), 'utf8');
      expect(log).not.toContain('internal error');
      await stage.mcp('sick stop');
      await stage.mcp('web pipe start');
      expect((await nonceHolders(stage.home.runtimeDir)).size).toBe(3);
    });
  });

  test('a supervisor that gets SIGTERM ends the same way: HTTP servers stay', async () => {
    await onStage({ web: tinyHttp(await quietPort()), pipe: tinyStdio() }, async (stage) => {
      await stage.mcp('web pipe start');
      const [web, pipe] = [await stage.server('web'), await stage.server('pipe')];
      const supervisor = await stage.supervisorPid();
      process.kill(supervisor, 'SIGTERM');
      await waitFor('it to end', async () => !(await isAlive(supervisor)));
      expect(await isAlive(pipe.pid ?? 0)).toBe(false);
      expect(await stage.server('web')).toMatchObject({ state: 'ready', pid: web.pid });
      await stage.mcp('calm start');
      await stage.until('pipe', 'ready');
    });
  });
});
