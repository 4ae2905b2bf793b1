import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { needs } from '../helpers/require.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { waitFor } from '../helpers/wait.ts';
import { plainUser } from './plain-user.ts';
import { quietPort } from './quiet-port.ts';
import { giveTo, mcpProgram, onStage, type Stage } from './stage.ts';

/** A refusal comes at once; the guard is long. */
const guard = { guardMs: 15_000 };

async function withHome(play: (home: Home) => Promise<void>): Promise<void> {
  await using home = await temporaryHome();
  await home.writeRegistry({ web: tinyHttp(await quietPort()) });
  await play(home);
  expect(await home.processes(), 'nothing was started').toEqual([]);
}

const oneSentence = (text: string): void => {
  expect(text).toMatch(/^mcp: .+ → .+\n$/);
  expect(text).not.toMatch(/\n\s+at /);
};

describe.concurrent('F47 a home or runtime directory that cannot be used', () => {
  test.each([
    ['unset', undefined, /HOME is not set/],
    ['empty', '', /HOME is empty/],
    ['relative', 'here', /HOME is not an absolute path/],
    ['missing', '/nowhere/at/all', /home directory \/nowhere\/at\/all cannot be used/],
    ['a file', '/etc/passwd', /HOME is not a directory/],
  ])('F47 HOME %s is refused in one sentence', async (_how, HOME, message) => {
    await withHome(async (home) => {
      for (const args of [['status'], ['web', 'start']]) {
        const { code, stderr } = await home.run('mcp', args, { env: { HOME }, ...guard });
        expect({ args, code }).toEqual({ args, code: 4 });
        expect(stderr).toMatch(message);
        oneSentence(stderr);
      }
    });
  });

  test.each([
    ['relative', async () => 'here', /MCP_RUNTIME_DIR is not an absolute path/],
    [
      'a file',
      async (home: Home) => {
        await writeFile(join(home.dir, 'file'), '');
        return join(home.dir, 'file');
      },
      /is not a directory/,
    ],
    ['below a file', async () => '/etc/passwd/below', /cannot be created/],
  ])('F47 a runtime directory that is %s is refused in one sentence', async (_how, prepare, message) => {
    await withHome(async (home) => {
      const MCP_RUNTIME_DIR = await prepare(home);
      const { code, stderr } = await home.run('mcp', ['web', 'start'], { env: { MCP_RUNTIME_DIR }, ...guard });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(message);
      oneSentence(stderr);
    });
  });

  test('F47 a path that is too long for a socket is no obstacle', async () => {
    await using home = await temporaryHome();
    await home.writeRegistry({ web: tinyHttp(await quietPort()) });
    const MCP_RUNTIME_DIR = join(home.dir, 'deep'.repeat(20), 'deeper'.repeat(10));
    const env = { MCP_RUNTIME_DIR, XDG_RUNTIME_DIR: home.dir };
    for (const args of [
      ['web', 'start'],
      ['web', 'status'],
      ['supervisor', 'status'],
      ['supervisor', 'stop', '--all'],
    ]) {
      const { code, stderr } = await home.run('mcp', args, { env, ...guard });
      expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    }
  });

  const user = plainUser();
  test.skipIf(!user)(
    'F47 read-only: list and status still work, a start says which directory, and nothing is harmed',
    async () => {
      const play = async (stage: Stage) => {
        await stage.mcp('web start');
        const { pid } = await stage.server('web');
        await stage.killSupervisor();
        await chmod(stage.home.runtimeDir, 0o500);
        try {
          for (const words of ['list', 'status', 'web status']) {
            const { code, stdout, stderr } = await stage.mcp(words, guard);
            expect({ words, code, stderr }).toMatchObject({ words, code: 0 });
            expect(stdout).toMatch(/web/);
          }
          for (const words of ['web start', 'web stop', 'calm restart']) {
            const { code, stderr } = await stage.mcp(words, guard);
            expect({ words, code }).not.toEqual({ words, code: 0 });
            expect(stderr, words).toContain(stage.home.runtimeDir);
            oneSentence(stderr);
          }
        } finally {
          await chmod(stage.home.runtimeDir, 0o700);
        }
        expect((await stage.mcp('web start')).stdout).toContain(`already running, pid ${pid}`);
      };
      await onStage({ web: tinyHttp(await quietPort()) }, play, { user: user ?? {} });
    },
  );

  test.skipIf(!user)('F47 a home that cannot be written to: the first list says so and works', async () => {
    await using home = await temporaryHome();
    await giveTo(user ?? {}, home.dir);
    await chmod(home.dir, 0o500);
    const { status, stdout, stderr } = spawnSync(process.execPath, [mcpProgram, 'list'], {
      env: home.env,
      cwd: '/',
      ...user,
      encoding: 'utf8',
      timeout: guard.guardMs,
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^NAME/m);
    expect(stderr).toMatch(/permission denied/);
    expect(await readdir(home.dir)).toEqual([]);
  });

  test.skipIf(needs('root') !== null)(
    'F47 a runtime directory of another user is refused and stays as it is',
    async () => {
      await withHome(async (home) => {
        await mkdir(home.runtimeDir, { mode: 0o755 });
        await chown(home.runtimeDir, 12_345, 12_345);
        const { code, stderr } = await home.run('mcp', ['web', 'start'], guard);
        expect(code).not.toBe(0);
        expect(stderr).toContain('belongs to another user');
        oneSentence(stderr);
        expect(await readdir(home.runtimeDir)).toEqual([]);
        expect((await stat(home.runtimeDir)).mode & 0o777).toBe(0o755);
      });
    },
  );
});

describe.concurrent('F48 what somebody planted', () => {
  test('F48 a runtime directory that is a link is refused, and nothing is written where it leads', async () => {
    await withHome(async (home) => {
      const elsewhere = join(home.dir, 'elsewhere');
      await mkdir(elsewhere);
      await symlink(elsewhere, home.runtimeDir);
      const { code, stderr } = await home.run('mcp', ['web', 'start'], guard);
      expect(code).not.toBe(0);
      expect(stderr).toContain('is a symbolic link');
      oneSentence(stderr);
      expect(await readdir(elsewhere)).toEqual([]);
    });
  });

  test('F48 a runtime directory that is open to all is closed, and every file in it is private whatever the umask', async () => {
    await onStage(
      { web: tinyHttp(await quietPort()) },
      async (stage) => {
        await mkdir(stage.home.runtimeDir);
        await chmod(stage.home.runtimeDir, 0o777);
        const line = `umask 000; "${process.execPath}" "${mcpProgram}" web start`;
        expect(spawnSync('sh', ['-c', line], { env: stage.home.env, cwd: '/' }).status).toBe(0);
        await stage.mcp('web restart');
        expect((await stat(stage.home.runtimeDir)).mode & 0o777).toBe(0o700);
        const names = await readdir(stage.home.runtimeDir);
        expect(names).toEqual(
          expect.arrayContaining(['cockpit.db', 'control.sock', 'hub-token', 'web.log', 'web.pid']),
        );
        for (const name of names) {
          const { mode } = await stat(join(stage.home.runtimeDir, name));
          expect({ name, others: mode & 0o077 }).toEqual({ name, others: 0 });
        }
      },
      { spoilsNeighbour: true },
    );
  });

  const plants: readonly (readonly [string, (path: string, home: Home) => Promise<unknown>, RegExp])[] = [
    ['a link', (path, home) => symlink(join(home.dir, 'precious'), path), /symbolic link/],
    ['a FIFO', async (path) => execFileSync('mkfifo', [path]), /not a regular file/],
    ['a directory', (path) => mkdir(path), /directory|regular file/],
  ];

  test.each(plants)(
    'F48 a log that is %s blocks the start, hangs nobody, and is never written through',
    async (_what, plant, message) => {
      await onStage({ web: tinyHttp(await quietPort()) }, async (stage) => {
        const log = join(stage.home.runtimeDir, 'web.log');
        await writeFile(join(stage.home.dir, 'precious'), 'mine\n');
        await plant(log, stage.home);
        const { code, stdout } = await stage.mcp('web start', guard);
        expect(code).toBe(1);
        expect(stdout).toMatch(message);
        expect(await stage.server('web')).toMatchObject({ state: 'blocked', pid: null, restarts: 0 });
        expect((await stage.mcp('web logs --no-follow', guard)).code).toBe(0);
        expect(await readFile(join(stage.home.dir, 'precious'), 'utf8')).toBe('mine\n');
        await rm(log, { recursive: true });
        await stage.until('web', 'ready');
      });
    },
  );

  test.each([
    'cockpit.db',
    'supervisor.lock',
    'supervisor.pid',
    'supervisor.log',
    'control.sock',
    'hub-token',
    'web.exit',
    'web.pid',
  ])('F48 %s as a FIFO: no command hangs', async (file) => {
    await using home = await temporaryHome();
    await home.writeRegistry({ web: tinyHttp(await quietPort()) });
    await mkdir(home.runtimeDir, { mode: 0o700 });
    execFileSync('mkfifo', [join(home.runtimeDir, file)]);
    for (const args of [['status'], ['web', 'start'], ['supervisor', 'stop', '--all']]) {
      const { signal, stderr } = await home.run('mcp', args, { guardMs: 30_000 });
      expect({ args, signal }, 'killed by the guard').toEqual({ args, signal: null });
      expect(stderr).not.toMatch(/\n\s+at /);
    }
    await waitFor('nothing to be left', async () => (await home.processes()).length === 0);
  });

  test('F48 a pid file or exit file that is a link is never written through', async () => {
    await onStage({ web: tinyHttp(await quietPort()) }, async (stage) => {
      const precious = join(stage.home.dir, 'precious');
      await writeFile(precious, 'mine\n');
      for (const name of ['web.pid', 'web.exit', 'web.exit.tmp', 'web.log.idx'])
        await symlink(precious, join(stage.home.runtimeDir, name));
      await stage.mcp('web start');
      process.kill((await stage.server('web')).pid ?? 0, 'SIGKILL');
      await stage.until('web', ({ state, restarts }) => state === 'ready' && restarts === 1);
      await stage.mcp('web stop');
      expect(await readFile(precious, 'utf8')).toBe('mine\n');
    });
  });
});
