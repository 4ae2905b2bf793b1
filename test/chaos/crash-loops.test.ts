import { describe, expect, test } from 'vitest';
import { readStat } from '../../src/supervisor/process/identity.ts';
import { tinyHttp, tinyStdio } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { quietPort } from './quiet-port.ts';
import { onStage } from './stage.ts';

const backoff = { initial: '5ms', max: '20ms' };

describe.concurrent('crash loops', () => {
  test('F29 a server that exits with 0 at once is given up after three times, with what that usually means', async () => {
    const web = { command: 'exit 0', port: await quietPort(), restart: { backoff } };
    await onStage({ web }, async (stage) => {
      expect((await stage.mcp('web start')).code).toBe(1);
      const crashed = await stage.until('web', 'crashed');
      expect(crashed).toMatchObject({ desired: 'running', pid: null, lastExit: { code: 0 } });
      expect(crashed.cause).toMatchObject({
        what: 'exits at once with code 0',
        next: expect.stringContaining('"transport": "stdio"'),
      });
      const { history } = await (await stage.api()).describe('web');
      expect(history.filter(({ kind }) => kind === 'started')).toHaveLength(3);
    });
  });

  test('F29 a stdio server that does the same is not told to become one', async () => {
    await onStage({ pipe: { command: 'exit 0', transport: 'stdio', restart: { backoff } } }, async (stage) => {
      await stage.mcp('pipe start');
      const { cause } = await stage.until('pipe', 'crashed');
      expect(cause?.what).toBe('exits at once with code 0');
      expect(cause?.next).not.toContain('"transport"');
    });
  });

  test('F30 a server that keeps crashing is given up after ten failures, and a start by a person tries again', async () => {
    const web = tinyHttp(await quietPort(), ['exit=0:1'], { restart: { backoff } });
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      const crashed = await stage.until('web', 'crashed');
      expect(crashed.cause?.what).toBe('exit 1; gave up after 10 failures');
      expect(crashed.cause?.why).toBe('Error: ending as told with 1');
      const api = await stage.api();
      const starts = async () => (await api.describe('web')).history.filter(({ kind }) => kind === 'started').length;
      expect(await starts()).toBe(10);
      await stage.mcp('web start');
      await waitFor('ten more', async () => (await starts()) === 20);
      await stage.until('web', 'crashed');
    });
  });

  test('F30 what was given up stays so when the next supervisor takes over', async () => {
    const web = tinyHttp(await quietPort(), ['exit=0:1'], { restart: { backoff, max: 2 } });
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      await stage.until('web', 'crashed');
      await stage.killSupervisor();
      expect((await stage.server('web')).state).toBe('crashed');
      await stage.mcp('calm start');
      const still = await stage.until('web', ({ stateSince }) => stateSince > 0);
      expect(still).toMatchObject({ state: 'crashed', pid: null });
      expect(still.cause).not.toBeNull();
    });
  });

  test('F30 one that lives longer than the window allows failures is never given up', async () => {
    const restart = { max: 3, window: '150ms', backoff };
    const web = tinyHttp(await quietPort(), ['exit=250:1'], { restart });
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start --no-wait');
      const alive = await stage.until('web', ({ restarts }) => restarts >= 5);
      expect(alive.state).not.toBe('crashed');
    });
  });

  test('F30 the restart policies: never does not, on-failure does only after a failure', async () => {
    const entries = {
      never: tinyHttp(await quietPort(), ['exit-on-usr1=1'], { restart: { policy: 'never' } }),
      clean: tinyHttp(await quietPort(), ['exit-on-usr1=0'], { restart: { policy: 'on-failure' } }),
      failing: tinyHttp(await quietPort(), ['exit-on-usr1=1'], { restart: { policy: 'on-failure' } }),
      always: tinyStdio(['exit-on-usr1=0']),
    };
    await onStage(entries, async (stage) => {
      expect((await stage.mcp('never clean failing always start')).code).toBe(0);
      for (const name of Object.keys(entries)) process.kill((await stage.server(name)).pid ?? 0, 'SIGUSR1');
      expect((await stage.until('never', 'crashed')).cause?.what).toContain('its restart policy is "never"');
      expect(await stage.until('clean', 'stopped')).toMatchObject({ lastExit: { code: 0 } });
      for (const name of ['failing', 'always'])
        await stage.until(name, ({ state, restarts }) => state === 'ready' && restarts === 1);
    });
  });

  test('F31 deaths by signal and their shell codes are decoded: a fault, out of memory, an end from outside', async () => {
    const deaths = {
      segfault: { dying: "sh -c 'kill -SEGV $$'", signal: 'SIGSEGV', text: 'segmentation fault (SIGSEGV)' },
      abort: { dying: "sh -c 'kill -ABRT $$'", signal: 'SIGABRT', text: 'aborted itself (SIGABRT)' },
      memory: {
        dying: 'exit 137',
        signal: 'SIGKILL',
        text: 'killed by SIGKILL from outside (out of memory, or kill -9)',
      },
      term: { dying: 'exit 143', signal: 'SIGTERM', text: 'ended by SIGTERM from outside' },
      plain: { dying: 'exit 3', signal: null, text: 'exit 3' },
    };
    const entries: Record<string, unknown> = {};
    for (const [name, { dying }] of Object.entries(deaths)) {
      const command = `echo some last words >&2; ${dying}`;
      entries[name] = { command, port: await quietPort(), restart: { policy: 'never' } };
    }
    await onStage(entries, async (stage) => {
      const { code, stdout } = await stage.mcp(`${Object.keys(deaths).join(' ')} start`);
      expect(code).toBe(1);
      for (const [name, { signal, text }] of Object.entries(deaths)) {
        expect(stdout).toContain(text);
        const { state, lastExit, cause } = await stage.until(name, () => true);
        expect({ name, state }).toEqual({ name, state: 'crashed' });
        expect(lastExit, name).toMatchObject({ signal, text, code: signal === null ? 3 : null });
        expect(cause?.why, name).toContain('some last words');
      }
    });
  });

  test('F31 a server that is killed with -9 from outside is back, and the cause says killed', async () => {
    await onStage({ web: tinyHttp(await quietPort()) }, async (stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      process.kill(pid ?? 0, 'SIGKILL');
      const back = await stage.until('web', ({ state, restarts }) => state === 'ready' && restarts === 1);
      expect(back.lastExit?.text).toMatch(/killed by SIGKILL from outside/);
      expect(await isAlive(pid ?? 0)).toBe(false);
    });
  });

  test('F31 a leader that is killed with -9 leaves no code behind: unknown, not invented', async () => {
    const web = tinyHttp(await quietPort());
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      await stage.killSupervisor();
      const pids = await stage.launched();
      const { pid } = await stage.server('web');
      const group = readStat(pid ?? 0)?.pgid ?? 0;
      process.kill(-group, 'SIGKILL');
      await waitFor('the server to be gone', async () => (await stage.launched()).length === pids.length - 2);
      await stage.mcp('calm start');
      const back = await stage.until('web', 'ready');
      expect(back.lastExit).toMatchObject({ code: null, signal: null, text: 'unknown: nobody saw the exit code' });
      expect(back.restarts).toBe(1);
    });
  });
});
