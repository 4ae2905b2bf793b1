import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lockOwner } from '../../src/supervisor/lock-owner.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { nonceHolders } from './oracle.ts';
import { quietPort } from './quiet-port.ts';
import { onStage, type Stage } from './stage.ts';

const COMMANDS = ['status', 'list', 'web start', 'web stop', 'web restart', 'supervisor status', 'supervisor stop'];
/** They answer within two seconds; the guard is five times that. */
const GUARD_MS = 10_000;

/** Every command says who is suspended and how to wake it, and changes nothing. */
async function expectSuspended(stage: Stage, pid: number): Promise<void> {
  const ended = await Promise.all(COMMANDS.map((command) => stage.mcp(command, { guardMs: GUARD_MS })));
  for (const [index, { code, stdout, stderr }] of ended.entries()) {
    expect({ code, stdout }, COMMANDS[index]).toEqual({ code: 5, stdout: '' });
    expect(stderr, COMMANDS[index]).toContain(`the supervisor (pid ${pid}) is suspended`);
    expect(stderr, COMMANDS[index]).toContain(`kill -CONT ${pid}`);
  }
}

describe.concurrent('suspended', () => {
  test('F5 a supervisor that is suspended while a server dies: commands say so, and after it wakes there is one restart', async () => {
    await onStage({ web: tinyHttp(await quietPort(), ['lines=20']) }, async (stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      const supervisor = await stage.supervisorPid();
      process.kill(supervisor, 'SIGSTOP');
      try {
        process.kill(pid ?? 0, 'SIGKILL');
        await waitFor('the server to be gone', async () => !(await isAlive(pid ?? 0)));
        await expectSuspended(stage, supervisor);
        const logs = await stage.mcp('web logs --no-follow -n 3', { guardMs: GUARD_MS });
        expect(logs.code, 'logs need no supervisor').toBe(0);
        expect(logs.stdout).toContain('line ');
      } finally {
        process.kill(supervisor, 'SIGCONT');
      }
      const back = await stage.until('web', ({ state, restarts }) => state === 'ready' && restarts > 0);
      expect(back.restarts).toBe(1);
      expect(await stage.supervisorPid()).toBe(supervisor);
      expect((await nonceHolders(stage.home.runtimeDir)).size).toBe(2);
    });
  });

  test('F6 a command that holds the lock and is suspended is named; when it is killed the next one goes on', async () => {
    const web = tinyHttp(await quietPort(), ['ignore-term=1'], { stop: { grace: '1s' } });
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      await stage.killSupervisor();
      const holder = stage.begin('web stop');
      const log = join(stage.home.runtimeDir, 'web.log');
      await waitFor('the stop to be under way', async () => (await readFile(log, 'utf8')).includes('not now'));
      process.kill(holder.pid, 'SIGSTOP');
      await waitFor('it to be suspended', () => lockOwner(stage.home.runtimeDir)?.suspended);
      await expectSuspended(stage, holder.pid);
      process.kill(holder.pid, 'SIGKILL');
      await holder.ended;
      expect((await stage.mcp('calm start')).code).toBe(0);
      await stage.until('web', 'stopped');
    });
  });

  test('F6 the lock of a supervisor that is killed is free at once', async () => {
    await onStage({ web: tinyHttp(await quietPort()) }, async (stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      for (let death = 0; death < 2; death++) {
        const before = await stage.supervisorPid();
        await stage.killSupervisor();
        expect((await stage.mcp('web start')).stdout).toContain(`already running, pid ${pid}`);
        expect(await stage.supervisorPid()).not.toBe(before);
      }
    });
  });
});
