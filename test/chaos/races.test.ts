import { describe, expect, test } from 'vitest';
import { outcomesShape } from '../../src/cli/json-shapes.ts';
import { connectOrStart } from '../../src/supervisor/connect.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { commandLineOf, nonceHolders } from './oracle.ts';
import { quietPort } from './quiet-port.ts';
import { onStage } from './stage.ts';

describe.concurrent('commands that race', () => {
  test('F3 nine commands that start one server at once, without a supervisor yet, end with one of each', async () => {
    const entries = { web: tinyHttp(await quietPort()) };
    await onStage(
      entries,
      async (stage) => {
        const ended = await Promise.all(Array.from({ length: 9 }, () => stage.mcp('web start --json')));
        expect(ended.map(({ code }) => code)).toEqual(Array(9).fill(0));
        const outcomes = ended.flatMap(({ stdout }) => outcomesShape.parse(JSON.parse(stdout)).outcomes);
        expect(outcomes.map(({ verb }) => verb).sort()).toEqual([...Array(8).fill('already running'), 'started']);
        expect(new Set(outcomes.map(({ pid }) => pid)).size).toBe(1);
        expect((await nonceHolders(stage.home.runtimeDir)).size).toBe(1);
        const supervisors = async () => {
          const lines = await Promise.all((await stage.home.processes()).map(commandLineOf));
          return lines.filter((line) => line.endsWith('supervisor.js')).length;
        };
        expect(await waitFor('one supervisor', async () => (await supervisors()) === 1)).toBe(true);
      },
      { spoilsNeighbour: true },
    );
  });

  /** A server that takes its time to end, so that later commands find it ending. */
  const stubborn = async () => tinyHttp(await quietPort(), ['ignore-term=1'], { stop: { grace: '400ms' } });

  test.each([
    { commands: ['start', 'stop'], left: 'stopped' },
    { commands: ['start', 'stop', 'start'], left: 'ready' },
    { commands: ['stop', 'start'], left: 'ready' },
    { commands: ['restart', 'stop'], left: 'stopped' },
    { commands: ['stop', 'start', 'stop', 'restart', 'stop'], left: 'stopped' },
    { commands: ['restart', 'restart', 'stop', 'start'], left: 'ready' },
  ] as const)(
    'F4 $commands at once on a running server: each is answered, the last one wins ($left)',
    async ({ commands, left }) => {
      await onStage({ web: await stubborn() }, async (stage) => {
        const api = await stage.api();
        await api.start(['web'], { waitMs: null });
        const answers = await Promise.all(
          commands.map((command) => (command === 'stop' ? api.stop(['web']) : api[command](['web'], { waitMs: null }))),
        );
        expect(answers.flat().map(({ name }) => name)).toEqual(commands.map(() => 'web'));
        await stage.until('web', left);
        expect(await nonceHolders(stage.home.runtimeDir)).toHaveProperty('size', left === 'ready' ? 2 : 1);
      });
    },
  );

  test('F4 a stop cancels the restart that was due', async () => {
    const sick = tinyHttp(await quietPort(), ['exit=0:1'], { restart: { backoff: { initial: '700ms' } } });
    await onStage({ sick }, async (stage) => {
      const api = await stage.api();
      await api.start(['sick'], { waitMs: null });
      const { retry } = await stage.until('sick', 'backoff');
      await api.stop(['sick']);
      await waitFor('the time of the restart to pass', () => Date.now() > (retry?.nextAt ?? 0) + 300);
      expect(await stage.server('sick')).toMatchObject({ state: 'stopped', retry: null, pid: null });
      expect((await api.describe('sick')).history.filter(({ kind }) => kind === 'started')).toHaveLength(2);
    });
  });

  test('F1 a command that is killed in the middle of a start changes nothing: the supervisor goes on', async () => {
    await onStage({ web: tinyHttp(await quietPort(), ['slow=300']) }, async (stage) => {
      const command = stage.begin('web start');
      await stage.until('web', ({ state }) => state === 'starting');
      process.kill(command.pid, 'SIGKILL');
      await command.ended;
      const { pid } = await stage.until('web', 'ready');
      expect(await isAlive(pid ?? 0)).toBe(true);
    });
  });

  test('a supervisor that is told to end answers before it does, every time', async () => {
    await onStage(
      {},
      async (stage) => {
        for (let round = 0; round < 8; round++) {
          const api = await connectOrStart({ paths: stage.paths, env: { ...stage.home.env } });
          await api.shutdown({ all: round % 2 === 0 });
        }
        await stage.mcp('list');
        await (await connectOrStart({ paths: stage.paths, env: { ...stage.home.env } })).close();
      },
      { spoilsNeighbour: true },
    );
  });

  test('F1 a start finds the lock held for a moment by a command that stops something, and goes on afterwards', async () => {
    const entries = { slow: await stubborn(), web: tinyHttp(await quietPort()) };
    await onStage(
      entries,
      async (stage) => {
        const api = await connectOrStart({ paths: stage.paths, env: { ...stage.home.env } });
        await api.start(['slow'], { waitMs: null });
        await api.close();
        await stage.killSupervisor();
        const stopping = stage.begin('slow stop');
        await waitFor('the lock to be taken', async () => {
          const { lockOwner } = await import('../../src/supervisor/lock-owner.ts');
          return lockOwner(stage.home.runtimeDir)?.pid === stopping.pid;
        });
        const [started, stopped] = await Promise.all([stage.mcp('web start'), stopping.ended]);
        expect(stopped.code, stopped.stderr).toBe(0);
        expect(started.code, started.stderr).toBe(0);
        expect(await stage.server('web')).toMatchObject({ state: 'ready' });
        expect(await stage.server('slow')).toMatchObject({ state: 'stopped', desired: 'stopped' });
      },
      { spoilsNeighbour: true },
    );
  });
});
