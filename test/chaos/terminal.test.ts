import { describe, expect, test } from 'vitest';
import { readStat } from '../../src/supervisor/process/identity.ts';
import { Terminal } from '../helpers/terminal.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { quietPort } from './quiet-port.ts';
import { onStage, type Stage } from './stage.ts';

/** The cockpit in a terminal, with a server that runs; ended by whatever the play does to it. */
async function withCockpit(play: (stage: Stage, cockpit: Terminal, pid: number) => Promise<void>): Promise<void> {
  await onStage({ web: tinyHttp(await quietPort()) }, async (stage) => {
    await stage.mcp('web start');
    const { pid } = await stage.until('web', 'ready');
    const cockpit = new Terminal(stage.home, { columns: 100, rows: 30 });
    try {
      await cockpit.line(/web +ready/);
      await play(stage, cockpit, pid ?? 0);
    } finally {
      if (await isAlive(cockpit.pid)) cockpit.signal('SIGKILL');
    }
    expect(await stage.until('web', 'ready')).toMatchObject({ pid, restarts: 0 });
  });
}

describe.concurrent('the cockpit in a terminal', () => {
  test.each([
    ['its window is closed', (cockpit: Terminal) => cockpit.hangUp()],
    ['it gets SIGHUP', (cockpit: Terminal) => cockpit.signal('SIGHUP')],
  ])('F55 ends when %s; servers and supervisor go on', async (_how, cut) => {
    await withCockpit(async (stage, cockpit) => {
      const supervisor = await stage.supervisorPid();
      cut(cockpit);
      await waitFor('the cockpit to end', async () => !(await isAlive(cockpit.pid)));
      expect(await stage.supervisorPid()).toBe(supervisor);
    });
  });

  test('F56 holds nobody up while it is stopped, draws again afterwards, and survives every size a terminal can have', async () => {
    await withCockpit(async (stage, cockpit) => {
      cockpit.signal('SIGSTOP');
      await waitFor('it to be stopped', () => readStat(cockpit.pid)?.state === 'T');
      expect((await stage.mcp('status')).code, 'a stopped cockpit holds nobody up').toBe(0);
      cockpit.signal('SIGCONT');
      await cockpit.line(/web +ready/);
      for (let round = 0; round < 40; round++) cockpit.resize(1 + ((round * 37) % 300), 1 + ((round * 17) % 120));
      for (const [columns, rows] of [
        [1, 1],
        [500, 200],
        [40, 8],
        [100, 30],
      ] as const)
        cockpit.resize(columns, rows);
      await cockpit.line(/web +ready/);
      cockpit.type('q');
      expect((await cockpit.ended).exitCode).toBe(0);
    });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('F58 %s restores the screen and ends with %i; the servers live', async (signal, code) => {
    await withCockpit(async (_stage, cockpit) => {
      cockpit.signal(signal);
      expect((await cockpit.ended).exitCode).toBe(code);
      expect(cockpit.isFullScreen).toBe(false);
    });
  });

  test('brings back a supervisor that is killed under it, and shows the same servers with the same processes', async () => {
    await withCockpit(async (stage, cockpit, pid) => {
      const before = await stage.supervisorPid();
      await stage.killSupervisor();
      const after = await waitFor('another supervisor', async () => {
        const found = await stage.supervisorPid().catch(() => null);
        return found !== before ? found : null;
      });
      expect(after).not.toBe(before);
      await cockpit.line(new RegExp(`web +ready.*${pid}`));
      cockpit.type('q');
      expect((await cockpit.ended).exitCode).toBe(0);
    });
  });
});
