import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tinyHttp, tinyStdio } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { editRecord } from './journal-edit.ts';
import { listener } from './listener.ts';
import { nonceHolders } from './oracle.ts';
import { quietPort } from './quiet-port.ts';
import { expectSameStart, onStage, type Stage } from './stage.ts';

async function journalFiles(stage: Stage): Promise<string[]> {
  const names = await readdir(stage.home.runtimeDir);
  return names
    .filter((name) => /^cockpit\.db(-wal|-shm)?$/.test(name))
    .map((name) => join(stage.home.runtimeDir, name));
}

const RUINS: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  deleted: async (stage) => Promise.all((await journalFiles(stage)).map((file) => rm(file))),
  'overwritten with something else': async (stage) =>
    Promise.all((await journalFiles(stage)).map((file) => writeFile(file, 'no database at all\n'.repeat(500)))),
  'cut in half': async (stage) => {
    const { truncate, stat } = await import('node:fs/promises');
    for (const file of await journalFiles(stage)) await truncate(file, Math.floor((await stat(file)).size / 2));
  },
  'deleted with the whole runtime directory': async (stage) =>
    rm(stage.home.runtimeDir, { recursive: true, maxRetries: 10, retryDelay: 20 }),
};

describe.concurrent('the state is lost', () => {
  test.each(Object.entries(RUINS))(
    'F60 a journal that is %s while servers run: all are found by their nonces, none is started twice',
    async (_how, ruin) => {
      await onStage({ web: tinyHttp(await quietPort(), ['child=1']), pipe: tinyStdio() }, async (stage) => {
        await stage.mcp('web pipe start');
        const [web, calm] = [await stage.server('web'), await stage.server('calm')];
        await stage.killSupervisor();
        await ruin(stage);
        await stage.mcp('calm start');
        const back = await stage.until('web', 'ready');
        expect(back).toMatchObject({ pid: web.pid, desired: 'running', restarts: 0 });
        expect((await stage.server('calm')).pid).toBe(calm.pid);
        expectSameStart(await stage.server('web'), web);
        expect((await nonceHolders(stage.home.runtimeDir)).size).toBe(2);
      });
    },
  );

  test('F60 a journal that is deleted under a living supervisor costs nobody anything', async () => {
    await onStage({ web: tinyHttp(await quietPort()) }, async (stage) => {
      await stage.mcp('web start');
      const supervisor = await stage.supervisorPid();
      for (const file of await journalFiles(stage)) await rm(file);
      expect((await stage.mcp('web restart')).code).toBe(0);
      const { pid } = await stage.server('web');
      expect(await stage.supervisorPid(), 'it did not fall over that').toBe(supervisor);
      await stage.killSupervisor();
      await stage.mcp('calm start');
      expect(await stage.until('web', 'ready')).toMatchObject({ pid, restarts: 0 });
    });
  });

  test('F60 what is left of a server whose leader died is found without a journal, ended, and the server started anew', async () => {
    await onStage({ web: tinyHttp(await quietPort(), ['child=1']) }, async (stage) => {
      await stage.mcp('web start');
      const before = await stage.launched();
      const { pid, processes } = await serverAndTree(stage);
      await stage.killSupervisor();
      const leader = processes.find((one) => one.ppid === 1 || !processes.some(({ pid: other }) => other === one.ppid));
      for (const victim of [leader?.pid, pid]) process.kill(victim ?? 0, 'SIGKILL');
      await waitFor('only its child to be left', async () => (await stage.launched()).length === before.length - 2);
      for (const file of await journalFiles(stage)) await rm(file);
      await stage.mcp('web start');
      expect((await stage.until('web', 'ready')).pid).not.toBe(pid);
      expect((await nonceHolders(stage.home.runtimeDir)).size, 'one launch of each').toBe(2);
    });
  });
});

async function serverAndTree(stage: Stage) {
  const { unit, processes } = await (await stage.api()).describe('web');
  return { pid: unit.pid, processes };
}

describe.concurrent('a pid that belongs to somebody else by now', () => {
  test.each([
    ['born later', (innocent: number) => ({ pid: innocent })],
    ['born in the same tick', (innocent: number, startTicks: number) => ({ pid: innocent, startTicks })],
  ])(
    'F7 an innocent process %s under the old pid is never signalled, and the server starts anew',
    async (_when, facts) => {
      await onStage({ web: tinyHttp(await quietPort()) }, async (stage) => {
        await using innocent = await listener();
        await stage.mcp('web start');
        const processes = (await (await stage.api()).describe('web')).processes.map(({ pid }) => pid);
        await stage.killSupervisor();
        for (const pid of processes) process.kill(pid, 'SIGKILL');
        await waitFor('the server to be gone', async () =>
          (await Promise.all(processes.map(isAlive))).every((alive) => !alive),
        );
        editRecord(stage.home.runtimeDir, 'web', (record) => ({
          ...record,
          identity: { ...(record.identity as object), ...facts(innocent.pid, innocent.startTicks) },
        }));
        expect(await stage.server('web')).toMatchObject({ state: 'stopped', pid: null });
        await stage.mcp('calm start');
        const back = await stage.until('web', 'ready');
        expect(processes).not.toContain(back.pid);
        await stage.mcp('web stop');
        expect(await innocent.heard()).toEqual([]);
        expect(await isAlive(innocent.pid)).toBe(true);
      });
    },
  );
});
