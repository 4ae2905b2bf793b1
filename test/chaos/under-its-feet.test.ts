import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tinyHttp, tinyStdio } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { nonceHolders } from './oracle.ts';
import { quietPort } from './quiet-port.ts';
import { expectSameStart, onStage } from './stage.ts';

describe.concurrent('files vanish under a living supervisor', () => {
  test('F49 its whole directory: it gives way to the next one, and what the user says then holds', async () => {
    await onStage({ web: tinyHttp(await quietPort()), pipe: tinyStdio() }, async (stage) => {
      await stage.mcp('web pipe start');
      const calm = await stage.server('calm');
      const first = await stage.supervisorPid();
      await rm(stage.home.runtimeDir, { recursive: true });
      expect(await stage.mcp('web stop')).toMatchObject({ code: 0 });
      expect(await stage.mcp('calm start')).toMatchObject({ code: 0 });
      await waitFor('the first supervisor to end', async () => !(await isAlive(first)));
      await waitFor('the stdio server of the first one to be gone', async () => {
        const found = await nonceHolders(stage.home.runtimeDir);
        return found.size === (await stage.status()).servers.filter(({ pid }) => pid !== null).length;
      });
      expect(await stage.server('web')).toMatchObject({ state: 'stopped', pid: null });
      expectSameStart(await stage.server('calm'), calm);
    });
  });

  test('F49 its control socket: commands get through again', async () => {
    await onStage({ web: tinyHttp(await quietPort()) }, async (stage) => {
      await stage.mcp('web start');
      const supervisor = await stage.supervisorPid();
      const { pid } = await stage.server('web');
      await rm(join(stage.home.runtimeDir, 'control.sock'));
      expect(await stage.mcp('web start')).toMatchObject({ code: 0, stdout: `✓ web  already running, pid ${pid}\n` });
      await rm(join(stage.home.runtimeDir, 'control.sock'));
      expect(await stage.mcp('web stop')).toMatchObject({ code: 0 });
      expect(await stage.supervisorPid()).toBe(supervisor);
    });
  });
});

describe.concurrent('something else stands where a file of a server belongs', () => {
  test.each(['web.exit', 'web.pid', 'web.log'])('F48 a folder at %s harms nobody else', async (name) => {
    await onStage({ web: tinyHttp(await quietPort()) }, async (stage) => {
      const supervisor = await stage.supervisorPid();
      await mkdir(join(stage.home.runtimeDir, name, 'inside'), { recursive: true });
      await stage.mcp('web start');
      await stage.mcp('web restart');
      expect(await stage.supervisorPid(), 'it did not fall over that').toBe(supervisor);
    });
  });
});
