import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tinyHttp } from '../helpers/tiny.ts';
import { plainUser } from './plain-user.ts';
import { quietPort } from './quiet-port.ts';
import { giveTo, onStage, type Stage } from './stage.ts';

/** Blocked with this text on the command line and in the table; nothing was tried twice. */
async function expectBlocked(stage: Stage, name: string, text: RegExp): Promise<void> {
  const { code, stdout } = await stage.mcp(`${name} start`);
  expect(code).toBe(1);
  expect(stdout).toMatch(text);
  const server = await stage.server(name);
  expect(server).toMatchObject({ state: 'blocked', desired: 'running', pid: null, retry: null, restarts: 0 });
  expect(server.cause?.what).toMatch(text);
  expect(server.cause?.next, 'what to do about it').toBeDefined();
}

describe.concurrent('what cannot be started', () => {
  test('F17 each kind of wrong command is named, and burns no retries', async () => {
    await onStage({}, async (stage) => {
      const { dir } = stage.home;
      await writeFile(join(dir, 'plain.txt'), 'no program\n', { mode: 0o644 });
      await writeFile(join(dir, 'old.py'), '#!/usr/bin/python1.5\nprint(1)\n', { mode: 0o755 });
      await writeFile(join(dir, 'windows.sh'), '#!/bin/sh\r\necho\r\n', { mode: 0o755 });
      const port = async () => ({ port: await quietPort() });
      await stage.register({
        missing: { command: 'no-such-program-anywhere', args: [], ...(await port()) },
        gone: { command: join(dir, 'gone'), args: [], ...(await port()) },
        plain: { command: join(dir, 'plain.txt'), args: [], ...(await port()) },
        folder: { command: dir, args: [], ...(await port()) },
        old: { command: join(dir, 'old.py'), args: [], ...(await port()) },
        windows: { command: join(dir, 'windows.sh'), args: [], ...(await port()) },
        empty: { command: '  ', ...(await port()) },
        none: await port(),
      });
      await expectBlocked(stage, 'missing', /command "no-such-program-anywhere" was not found/);
      await expectBlocked(stage, 'gone', /command ".*\/gone" was not found/);
      await expectBlocked(stage, 'plain', /plain\.txt cannot be executed/);
      await expectBlocked(stage, 'folder', /cannot be executed/);
      await expectBlocked(stage, 'old', /interpreter "\/usr\/bin\/python1\.5" of .*old\.py was not found/);
      await expectBlocked(stage, 'windows', /interpreter "\/bin\/sh\\r" of .*windows\.sh was not found/);
      expect((await stage.server('windows')).cause?.why).toContain('carriage return');
      for (const name of ['empty', 'none']) {
        expect((await stage.mcp(`${name} start`)).code, name).not.toBe(0);
        expect(await stage.server(name), name).toMatchObject({ state: 'blocked', pid: null });
      }
    });
  });

  test('F17 a program that is put where it was missed starts by itself', async () => {
    await onStage({}, async (stage) => {
      const program = join(stage.home.dir, 'late');
      const { args = [], port } = tinyHttp(await quietPort()) as { args?: string[]; port: number };
      await stage.register({ late: { command: program, args, port } });
      await expectBlocked(stage, 'late', /command ".*\/late" was not found/);
      await writeFile(program, `#!/bin/sh\nexec ${process.execPath} "$@"\n`, { mode: 0o755 });
      expect(await stage.until('late', 'ready')).toMatchObject({ restarts: 0, cause: null });
    });
  });

  test('F17 what only the shell finds out blocks it too: 127, 126', async () => {
    const entries = {
      typo: { command: 'no-such-program-anywhere --port $PORT', port: await quietPort() },
      plain: { command: './plain.txt', port: await quietPort() },
    };
    await onStage(entries, async (stage) => {
      await writeFile(join(stage.home.dir, 'plain.txt'), 'no program\n', { mode: 0o644 });
      await expectBlocked(stage, 'typo', /exit 127: command not found/);
      expect((await stage.server('typo')).cause?.why).toContain('no-such-program-anywhere');
      await expectBlocked(stage, 'plain', /exit 126: found, but not executable/);
      expect((await stage.server('plain')).cause?.why).toContain('plain.txt');
    });
  });

  test('F18 a wrong directory is what the message speaks of, not the command; once it is there the server starts', async () => {
    await onStage({}, async (stage) => {
      const { dir } = stage.home;
      await writeFile(join(dir, 'file'), '');
      await stage.register({
        missing: tinyHttp(await quietPort(), [], { path: join(dir, 'not-there') }),
        file: tinyHttp(await quietPort(), [], { path: join(dir, 'file') }),
      });
      await expectBlocked(stage, 'missing', /the directory .*not-there does not exist/);
      await expectBlocked(stage, 'file', /file is not a directory/);
      await mkdir(join(dir, 'not-there'));
      expect(await stage.until('missing', 'ready')).toMatchObject({ restarts: 0 });
    });
  });

  const user = plainUser();
  test.skipIf(!user)('F18 a directory that may not be entered', async () => {
    const play = async (stage: Stage) => {
      const secret = join(stage.home.dir, 'secret');
      await mkdir(secret, { mode: 0o600 });
      await giveTo(user ?? {}, secret);
      await stage.register({ web: tinyHttp(await quietPort(), [], { path: secret }) });
      await expectBlocked(stage, 'web', /secret may not be entered/);
      await chmod(secret, 0o700);
      expect((await stage.mcp('web start')).code).toBe(0);
    };
    await onStage({}, play, { user: user ?? {} });
  });
});
