import { execFileSync } from 'node:child_process';
import { access, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tinyHttp } from '../helpers/tiny.ts';
import { waitFor } from '../helpers/wait.ts';
import { quietPort } from './quiet-port.ts';
import { onStage, type Stage } from './stage.ts';

/** A broken file is told about within a second; the guard is ten times that. */
const guard = { guardMs: 10_000 };

type Ruin = (path: string) => Promise<unknown>;

const RUINS: readonly (readonly [string, Ruin, RegExp])[] = [
  ['half written', (path) => writeFile(path, '{\n  "web": {\n    "command": "x'), /\.mcp-servers\.json:3/],
  ['not JSON', (path) => writeFile(path, 'web = 1\n'), /\.mcp-servers\.json:1:1 is not valid JSON/],
  ['empty', (path) => writeFile(path, ''), /is empty/],
  ['a list', (path) => writeFile(path, '[]'), /must hold an object/],
  ['a directory', (path) => mkdir(path), /regular file|directory/],
  ['a FIFO', async (path) => execFileSync('mkfifo', [path]), /regular file/],
  [
    '100 MB large',
    (path) => writeFile(path, '').then(() => truncate(path, 100 * 1024 * 1024)),
    /larger? than|too large/,
  ],
  ['a dangling link', async (path) => execFileSync('ln', ['-s', '/nowhere/at/all', path]), /is gone|does not exist/],
];

async function ruinWith(stage: Stage, ruin: Ruin): Promise<void> {
  const path = stage.home.registryPath;
  await rm(path, { recursive: true, force: true });
  await ruin(path);
}

const told = (problems: readonly { readonly what: string }[]) => problems.map(({ what }) => what).join('\n');

describe.concurrent('the registry', () => {
  test('F13 a file that is ruined in any way is reported with its place; the last good one counts until it is mended', async () => {
    await onStage({ web: tinyHttp(await quietPort()), other: tinyHttp(await quietPort()) }, async (stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      const good = await readFile(stage.home.registryPath, 'utf8');
      for (const [how, ruin, message] of RUINS) {
        await ruinWith(stage, ruin);
        await (await stage.api()).reload();
        const { code, stdout } = await stage.mcp('status --json', guard);
        expect(code, how).toBe(0);
        const { registry, servers } = JSON.parse(stdout);
        expect(told(registry.problems), how).toMatch(message);
        expect(servers, how).toContainEqual(expect.objectContaining({ name: 'web', state: 'ready', pid }));
        expect((await stage.mcp('web start', guard)).stdout, how).toContain('already running');
      }
      expect((await stage.mcp('other start', guard)).code, 'what was known can still be started').toBe(0);
      expect((await stage.mcp('other stop', guard)).code).toBe(0);
      await rm(stage.home.registryPath);
      await writeFile(stage.home.registryPath, `\uFEFF${good}`);
      const problems = async () => told((await stage.status()).registry.problems);
      await waitFor('the mended file to count', async () => !(await problems()).includes('still count'));
    });
  });

  test('F13 without a supervisor too: every command says what is wrong, none hangs, and what runs can be stopped', async () => {
    await onStage({ web: tinyHttp(await quietPort()) }, async (stage) => {
      const good = await readFile(stage.home.registryPath, 'utf8');
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      await stage.killSupervisor();
      for (const [how, ruin, message] of RUINS.filter(([how]) => how !== 'a dangling link')) {
        await ruinWith(stage, ruin);
        const { code, stdout } = await stage.mcp('status --json', guard);
        expect(code, how).toBe(0);
        const { registry, servers } = JSON.parse(stdout);
        expect(told(registry.problems), how).toMatch(message);
        expect(servers, how).toContainEqual(expect.objectContaining({ name: 'web', pid }));
        const start = await stage.mcp('nobody start', guard);
        expect({ how, code: start.code }).toEqual({ how, code: 4 });
        expect(start.stderr, how).toMatch(message);
      }
      const stop = await stage.mcp('web stop', guard);
      expect(stop.code, stop.stderr).toBe(0);
      await ruinWith(stage, (path) => writeFile(path, good));
      expect((await stage.mcp('calm start')).code).toBe(0);
    });
  });

  test('F14 unknown keys, wrong types and dangerous names cost only their own entry, and nothing is written elsewhere', async () => {
    await onStage({}, async (stage) => {
      const { dir, registryPath, runtimeDir } = stage.home;
      const calm = JSON.parse(await readFile(registryPath, 'utf8'));
      const entries = {
        ...calm,
        odd: tinyHttp(await quietPort(), [], { helth: { interval: '1s' } }),
        wrong: { command: 'x', port: 'eighty' },
        number: 7,
        '../evil': tinyHttp(await quietPort()),
        'a/b': tinyHttp(await quietPort()),
        constructor: tinyHttp(await quietPort()),
        all: tinyHttp(await quietPort()),
      };
      const text = JSON.stringify(entries).replace('{', `{"__proto__":${JSON.stringify(tinyHttp(await quietPort()))},`);
      await writeFile(registryPath, text);
      await (await stage.api()).reload();
      const { registry, servers } = await stage.status();
      const problems = told(registry.problems);
      for (const name of ['__proto__', '../evil', 'a/b', 'constructor', 'all', 'wrong', 'number']) {
        expect(problems, name).toContain(name);
        const row = servers.find((server) => server.name === name);
        if (row) expect(row, name).toMatchObject({ state: 'blocked', pid: null });
      }
      expect(JSON.stringify(registry.warnings)).toMatch(/helth.*did you mean.*health/);
      await stage.mcp('all start');
      expect(await stage.until('odd', 'ready')).toMatchObject({ restarts: 0 });
      for (const path of [
        join(dir, 'evil.log'),
        join(dir, 'evil.pid'),
        join(runtimeDir, 'a'),
        join(runtimeDir, 'all.log'),
      ]) {
        await expect(access(path), path).rejects.toThrow('ENOENT');
      }
    });
  });
});
