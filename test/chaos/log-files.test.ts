import { readdir, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Running } from '../helpers/running.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { waitFor } from '../helpers/wait.ts';
import { endChild } from './child.ts';
import { quietPort } from './quiet-port.ts';
import { onStage, type Stage } from './stage.ts';

const numbers = (text: string): number[] => [...text.matchAll(/^line (\d+)/gm)].map(([, number]) => Number(number));
const last = (follower: Running): number => numbers(follower.stdout()).at(-1) ?? 0;

async function following(stage: Stage, play: (follower: Running) => Promise<void>): Promise<void> {
  const follower = stage.begin('web logs -f -n 5');
  try {
    await waitFor('the first lines', () => last(follower) > 0);
    await play(follower);
    const seen = numbers(follower.stdout());
    expect(seen, 'no line twice, none out of order').toEqual([...new Set(seen)].sort((a, b) => a - b));
  } finally {
    await endChild(follower.child);
  }
}

describe.concurrent('log files', () => {
  test('F50 a log that is truncated while it is followed: a mark, and the lines go on', async () => {
    await onStage({ web: tinyHttp(await quietPort(), ['lines=20']) }, async (stage) => {
      await stage.mcp('web start');
      await following(stage, async (follower) => {
        await truncate(join(stage.home.runtimeDir, 'web.log'), 0);
        await waitFor('the mark', () => /^--- .*truncated.* ---$/m.test(follower.stdout()));
        const before = last(follower);
        await waitFor('more lines', () => last(follower) > before + 5);
      });
    });
  });

  test('F50 a log that logrotate replaces while it is followed: nothing is missed, and after a mark the new file is followed', async () => {
    await onStage({ web: tinyHttp(await quietPort(), ['lines=20']) }, async (stage) => {
      await stage.mcp('web start');
      const log = join(stage.home.runtimeDir, 'web.log');
      const follower = stage.begin('web logs -f -n 5');
      try {
        await waitFor('the first lines', () => last(follower) > 0);
        await rename(log, `${log}.old`);
        await writeFile(log, '', { mode: 0o600 });
        // The server writes to the old file until it starts again; from then on everything is in the new one.
        const before = last(follower);
        await waitFor('the lines to go on', () => last(follower) > before + 5);
        await stage.mcp('web restart');
        await follower.printed(/^--- log rotated ---$[\s\S]*^line 1$[\s\S]*^line 5$/m);
      } finally {
        await endChild(follower.child);
      }
      const [old] = follower.stdout().split('--- log rotated ---');
      const seen = numbers(old ?? '');
      expect(seen).toEqual(seen.map((_, index) => (seen[0] ?? 0) + index));
    });
  });

  test('no line is lost and none comes twice over two deaths of the supervisor and rotations in between', async () => {
    const settings = { log: { maxBytes: 65_536, keep: 100 } };
    const web = tinyHttp(await quietPort(), ['lines=5', 'pad=300']);
    const play = async (stage: Stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      const archives = async () =>
        (await readdir(stage.home.runtimeDir)).filter((name) => /^web\.log\.\d+$/.test(name)).length;
      for (const wanted of [1, 3]) {
        await waitFor('a rotation', async () => (await archives()) >= wanted);
        await stage.killSupervisor();
        const left = numbers((await stage.mcp('web logs --no-follow -n 1')).stdout).at(-1) ?? 0;
        await waitFor('lines that nobody watches', async () => {
          const { stdout } = await stage.mcp('web logs --no-follow -n 1');
          return (numbers(stdout).at(-1) ?? 0) > left + 20;
        });
        await stage.mcp('calm start');
        await stage.until('web', 'ready');
      }
      await waitFor('another rotation', async () => (await archives()) >= 4);
      expect((await stage.server('web')).pid).toBe(pid);
      await stage.mcp('web stop');
      const { stdout } = await stage.mcp('web logs --no-follow -n 1000000');
      const seen = numbers(stdout);
      expect(seen.length).toBeGreaterThan(600);
      expect(seen).toEqual(seen.map((_, index) => index + 1));
    };
    await onStage({ web }, play, { settings });
  });
});
