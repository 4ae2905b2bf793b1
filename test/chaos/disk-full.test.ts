import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tinyHttp } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { quietPort } from './quiet-port.ts';
import { noSmallDisk } from './small-disk.ts';
import { onStage, type Stage } from './stage.ts';

const SIZE = { diskKilobytes: 6_144 };

function diskOf({ disk }: Stage) {
  if (!disk) throw new Error('this stage has no disk of its own');
  return disk;
}

describe.skipIf(noSmallDisk() !== null).concurrent('a full disk', () => {
  test('F46 restarts are held, not burnt; everything says why, and goes on by itself once there is room', async () => {
    const play = async (stage: Stage) => {
      const disk = diskOf(stage);
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      await disk.fill();
      process.kill(pid ?? 0, 'SIGKILL');
      const held = await stage.until('web', 'blocked');
      expect(held).toMatchObject({ desired: 'running', pid: null, retry: null, restarts: 0 });
      expect(held.cause?.what).toBe('the disk is full');
      const { code, stdout, stderr } = await stage.mcp('status');
      expect(code).toBe(0);
      expect(stdout).toContain('the disk is full');
      expect(stderr).toContain('restarts are held');
      await disk.relieve();
      const back = await stage.until('web', 'ready');
      expect(back.cause).toBeNull();
      expect((await stage.status()).banners).toEqual([]);
    };
    await onStage({ web: tinyHttp(await quietPort()) }, play, SIZE);
  });

  test('F46 a start waits for room, and a stop works without it', async () => {
    const entries = { web: tinyHttp(await quietPort(), ['child=1']), other: tinyHttp(await quietPort()) };
    const play = async (stage: Stage) => {
      const disk = diskOf(stage);
      await stage.mcp('web start');
      const pids = (await (await stage.api()).describe('web')).processes.map(({ pid }) => pid);
      await disk.fill();
      const started = await stage.mcp('other start');
      expect(started.code).toBe(1);
      expect(started.stdout).toMatch(/disk|recorded/);
      expect(await stage.server('other')).toMatchObject({ state: 'blocked', pid: null, restarts: 0 });
      const stopped = await stage.mcp('web stop');
      expect(stopped.code, stopped.stdout + stopped.stderr).toBe(0);
      for (const pid of pids) expect(await isAlive(pid)).toBe(false);
      await disk.relieve();
      await stage.until('other', 'ready');
      expect(await stage.server('web')).toMatchObject({ state: 'stopped', desired: 'stopped' });
    };
    await onStage(entries, play, SIZE);
  });

  test('F46 a supervisor that starts on a full disk harms nothing, and takes over what runs', async () => {
    const play = async (stage: Stage) => {
      const disk = diskOf(stage);
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      await stage.killSupervisor();
      await disk.fill();
      expect((await stage.mcp('status')).code).toBe(0);
      const { code, stdout, stderr } = await stage.mcp('web start');
      expect(stdout + stderr).not.toMatch(/\n\s+at /);
      if (code !== 0) expect(stderr + stdout).toMatch(/disk|space|full/);
      await disk.relieve();
      expect((await stage.mcp('web start')).stdout).toContain(`already running, pid ${pid}`);
    };
    await onStage({ web: tinyHttp(await quietPort()) }, play, SIZE);
  });

  test('F46 a server that fills the disk with its own log: rotation gives the room back', async () => {
    const settings = { log: { maxBytes: 512 * 1024, keep: 1 } };
    const script = `yes "$(printf '%0100d' 7)" | head -c 40000000; touch over; exec sleep 100000`;
    const restart = { policy: 'never' };
    const flood = { command: script, port: await quietPort(), restart, health: { startup: '1h' } };
    const play = async (stage: Stage) => {
      await stage.mcp('flood start --no-wait');
      await waitFor('the flood to be over', () => existsSync(join(stage.home.dir, 'over')));
      const used = async () => {
        const names = (await readdir(stage.paths.runtimeDir)).filter((name) => name.startsWith('flood.log'));
        const sizes = names.map(async (name) => (await stat(join(stage.paths.runtimeDir, name))).blocks * 512);
        return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
      };
      await waitFor('the log to be small again', async () => (await used()) < 2 * 1024 * 1024);
      expect((await stage.status()).banners).toEqual([]);
    };
    await onStage({ flood }, play, { ...SIZE, settings });
  });
});
