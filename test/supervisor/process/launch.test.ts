import { execFileSync, type SpawnOptions } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readExitRecord } from '../../../src/supervisor/process/exit-record.ts';
import { readStat } from '../../../src/supervisor/process/identity.ts';
import { terminate } from '../../../src/supervisor/process/terminate.ts';
import { groupMembers } from '../../../src/supervisor/process/tree.ts';
import { needs } from '../../helpers/require.ts';
import { startProgram } from '../../helpers/running.ts';
import { type Arena, ended, openArena, type Run, until } from './arena.ts';
import { missingShell, SHELLS, shellPath } from './shells.ts';

const program = (file: string, ...args: string[]): Run => ({ kind: 'program', file, args });
const shell = (line: string): Run => ({ kind: 'shell', line });

async function failure(arena: Arena, run: Run | null, options: Parameters<Arena['tryLaunch']>[1] = {}) {
  const result = await arena.tryLaunch(run, options);
  if (result.ok) throw new Error('it was launched');
  expect(await arena.pids()).toEqual([]);
  return result;
}

describe('what cannot be started says what is wrong (F17, F18)', () => {
  test.each([
    ['a shell line', 'shell'],
    ['a program', 'program'],
  ] as const)('nothing to run: %s', async (_, kind) => {
    await using arena = await openArena();
    const run: Run = kind === 'shell' ? shell(' \n\t') : program(' ');
    expect(await failure(arena, run)).toMatchObject({ kind: 'empty-command', retry: false });
    expect(await failure(arena, null)).toMatchObject({ kind: 'empty-command' });
  });

  test('a command that is nowhere on PATH, or not at its path', async () => {
    await using arena = await openArena();
    const unknown = await failure(arena, program('no-such-command'));
    expect(unknown).toMatchObject({ kind: 'command-not-found', retry: false });
    expect(unknown.problem.what).toContain('no-such-command');
    expect(await failure(arena, program('./no-such-file'))).toMatchObject({ kind: 'command-not-found' });
    expect(await failure(arena, program('sh'), { env: { PATH: '/nowhere' } })).toMatchObject({
      kind: 'command-not-found',
    });
  });

  test('a builtin of the shell is no program', async () => {
    await using arena = await openArena();
    expect(await failure(arena, program('eval', 'echo hello'))).toMatchObject({ kind: 'command-not-found' });
  });

  test('a file without execute permission, a directory', async () => {
    await using arena = await openArena();
    const file = arena.script('plain', '#!/bin/sh\n');
    chmodSync(file, 0o644);
    const result = await failure(arena, program('./plain'));
    expect(result).toMatchObject({ kind: 'not-executable', retry: false });
    expect(result.problem.next).toContain('chmod +x');
    expect(await failure(arena, program(arena.dir))).toMatchObject({ kind: 'not-executable' });
  });

  test.each([
    ['that is missing', '#!/no/such/interpreter\n', '/no/such/interpreter'],
    ['with arguments', '#! /no/such/interpreter -x\n', '/no/such/interpreter'],
    ['that env does not find', '#!/usr/bin/env no-such-interpreter\n', 'no-such-interpreter'],
    ['with a Windows line end', '#!/bin/sh\r\necho hello\r\n', 'Windows'],
  ])('a script with an interpreter %s', async (_, text, evidence) => {
    await using arena = await openArena();
    arena.script('script', text);
    const { kind, retry, problem } = await failure(arena, program('./script'));
    expect({ kind, retry }).toEqual({ kind: 'bad-interpreter', retry: false });
    expect(`${problem.what}; ${problem.why}`).toContain(evidence);
  });

  test.each([
    ['missing', 'gone', 'cwd-missing'],
    ['a file', 'file', 'cwd-not-directory'],
    ['below a file', 'file/below', 'cwd-not-directory'],
    ['a link to nothing', 'dangling', 'cwd-missing'],
  ])('a working directory that is %s', async (_, name, kind) => {
    await using arena = await openArena();
    writeFileSync(path.join(arena.dir, 'file'), '');
    symlinkSync('nothing', path.join(arena.dir, 'dangling'));
    const cwd = path.join(arena.dir, name);
    for (const run of [shell('true'), program('true')]) {
      const result = await failure(arena, run, { cwd });
      expect(result).toMatchObject({ kind, retry: false });
      expect(result.problem.what).toContain(cwd);
    }
  });

  test.skipIf(needs('root'))('a working directory that may not be entered', async () => {
    await using arena = await openArena();
    chmodSync(arena.dir, 0o755);
    const cwd = path.join(arena.dir, 'closed');
    mkdirSync(cwd, { mode: 0o700 });
    for (const folder of [cwd, `${cwd}/below`]) {
      const { kind, retry, problem } = (await launchElsewhere(arena, 'plain', folder, 'true', NOBODY)).result;
      expect({ kind, retry }).toEqual({ kind: 'cwd-permission', retry: false });
      expect(problem.what).toContain(folder);
    }
  });

  test('a command line or environment beyond the limit of the system (R21)', async () => {
    await using arena = await openArena();
    const huge = 'x'.repeat(3_000_000);
    for (const result of [
      await failure(arena, shell('true'), { env: { HUGE: huge } }),
      await failure(arena, program('true', huge)),
      await failure(arena, shell(`: ${huge}`)),
    ]) {
      expect(result).toMatchObject({ kind: 'arguments-too-long', retry: false });
      expect(JSON.stringify(result.problem).length).toBeLessThan(1000);
    }
  });

  test('a value with a NUL byte, without showing the value', async () => {
    await using arena = await openArena();
    for (const result of [
      await failure(arena, program('true', 'hush\0hush')),
      await failure(arena, shell('true'), { env: { TOKEN: 'hush\0hush' } }),
    ]) {
      expect(result).toMatchObject({ kind: 'other', retry: false });
      expect(result.problem.why).toContain('NUL');
      expect(JSON.stringify(result.problem)).not.toContain('hush');
    }
  });
});

/** A user without any process but ours. */
const NOBODY = { uid: 64_321, gid: 64_321 };

/** Launches a line in another process, whose `options` may say a user. */
async function launchElsewhere(arena: Arena, condition: string, cwd: string, line: string, options: SpawnOptions = {}) {
  const args = [process.execPath, fixture('launch-elsewhere.ts'), condition, cwd, line];
  // Descriptors 7 and 9 stand for what a terminal or script may have open, such as a lock.
  const script = 'exec 7>/dev/null 9>/dev/null; ulimit -n 64; exec "$@"';
  const { code, stdout, stderr } = await startProgram('/bin/sh', ['-c', script, 'sh', ...args], {
    env: arena.env,
    ...options,
  }).ended;
  expect(code).toBe(0);
  return { result: JSON.parse(stdout), output: stderr };
}

const fixture = (name: string) => fileURLToPath(new URL(name, import.meta.url));

describe('limits of the machine are worth a retry (R21, F52)', () => {
  test('no descriptors left', async () => {
    await using arena = await openArena();
    const { kind, retry, problem } = (await launchElsewhere(arena, 'no descriptors left', '/', 'true')).result;
    expect({ kind, retry }).toEqual({ kind: 'resources', retry: true });
    expect(problem.why).toContain('EMFILE');
  });

  test.skipIf(needs('root', 'prlimit'))('no processes left', async () => {
    await using arena = await openArena();
    const { kind, retry, problem } = (await launchElsewhere(arena, 'no processes left', '/', 'true', NOBODY)).result;
    expect({ kind, retry }).toEqual({ kind: 'resources', retry: true });
    expect(problem.why).toContain('EAGAIN');
  });
});

describe('what is started', () => {
  test('is found by the PATH of the entry, relative elements by its directory', async () => {
    await using arena = await openArena();
    mkdirSync(path.join(arena.dir, 'tools'));
    arena.script('tools/my-tool', '#!/bin/sh\necho "my tool: $0"\n');
    const run = await arena.start(program('my-tool'), { env: { PATH: `/nowhere:tools:${arena.env.PATH}` } });
    expect(await ended(run)).toEqual({ code: 0, signal: null });
    expect(arena.output()).toBe(`my tool: ${arena.dir}/tools/my-tool\n`);
  });

  test('may be a script without a first line, a link, or one for env with options', async () => {
    await using arena = await openArena();
    arena.script('bare', 'echo bare\n');
    symlinkSync('bare', path.join(arena.dir, 'link'));
    arena.script('env', '#!/usr/bin/env -S sh -e\necho env\n');
    for (const name of ['./bare', './link', './env'])
      expect(await ended(await arena.start(program(name)))).toMatchObject({ code: 0 });
    expect(arena.output()).toBe('bare\nbare\nenv\n');
  });

  test('has no input, and writes where it was told', async () => {
    await using arena = await openArena();
    const run = await arena.start('cat; echo out; echo err >&2');
    expect(await ended(run)).toEqual({ code: 0, signal: null });
    expect(arena.output()).toBe('out\nerr\n');
  });

  test('leads a session and group of its own (R4)', async () => {
    await using arena = await openArena();
    const run = await arena.start('sleep 3600; true');
    expect(readStat(run.pid)).toMatchObject({ pgid: run.pid, sid: run.pid });
    await terminate(run.identity, { signal: 'SIGTERM', graceMs: 20_000 });
  });

  test('does not inherit what the terminal of the supervisor had open', async () => {
    await using arena = await openArena();
    const { result, output } = await launchElsewhere(arena, 'plain', '/', 'exec ls -l /proc/self/fd');
    expect(result).toEqual({ kind: 'started' });
    expect(output).toMatch(/ 2 -> /);
    expect(output).not.toMatch(/ [79] -> /);
    await until('nothing is left', async () => (await arena.pids()).length === 0);
  });

  test('outlives us without a gap in its output, and leaves its exit code (R1, R7)', async () => {
    await using arena = await openArena();
    const parent = startProgram(process.execPath, [fixture('launch-and-die.ts'), arena.dir], { env: arena.env });
    expect((await parent.ended).signal).toBe('SIGKILL');
    const record = await until('the exit is on record', () => readExitRecord(path.join(arena.dir, 'exit')));
    expect(record.code).toBe(5);
    expect(readFileSync(path.join(arena.dir, 'out'), 'utf8')).toBe('1\n2\n3\n4\n');
    await until('nothing is left', async () => (await arena.pids()).length === 0);
  });

  test('does not keep us from ending', async () => {
    await using arena = await openArena();
    const { stdout, code } = await startProgram(process.execPath, [fixture('launch-and-end.ts'), arena.dir], {
      env: arena.env,
    }).ended;
    expect(code).toBe(0);
    const pids = stdout.trim().split('\n').map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) process.kill(-pid, 'SIGKILL');
    await until('nothing is left', async () => (await arena.pids()).length === 0);
  });
});

describe.each(SHELLS)('under %s', (name) => {
  const missing = missingShell(name);
  const node = (code: string, ...args: string[]) => program(process.execPath, '-e', code, '--', ...args);

  test.skipIf(missing)('a program gets its arguments unchanged', async () => {
    await using arena = await openArena();
    const sh = shellPath(arena, name);
    const word = fc.oneof(
      fc.string({ unit: fc.constantFrom(...`a -'"\`$\\\n\t*?~#!;&|<>(){}[]=%é`) }),
      fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '').toWellFormed()),
    );
    const check = fc.asyncProperty(fc.array(word, { maxLength: 8 }), async (args) => {
      const dump = path.join(arena.dir, 'argv.json');
      rmSync(dump, { force: true });
      const run = await arena.start(program('./dump', ...args), { shell: sh });
      expect(await ended(run)).toEqual({ code: 0, signal: null });
      expect(readFileSync(dump).toString('utf8').split('\0').slice(0, -1)).toEqual(args);
    });
    arena.script('dump', '#!/bin/sh\nfor a in "$@"; do printf "%s\\0" "$a"; done > argv.json\n');
    await fc.assert(check, {
      numRuns: 20,
      examples: [[['-n', '--', '', 'a b', "it's", '"', '\n', '$HOME', '`id`']], [[]]],
    });
  });

  test.skipIf(missing)('a piped server reads every byte of its input and answers, from the first on', async () => {
    await using arena = await openArena();
    for (const run of [node('process.stdin.pipe(process.stdout)'), shell('cat'), shell('exec cat')]) {
      const started = await arena.start(run, { stdio: 'piped', shell: shellPath(arena, name) });
      const chunks: Buffer[] = [];
      started.child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
      const input = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
      started.child.stdin?.end(input);
      expect(await ended(started)).toEqual({ code: 0, signal: null });
      await until('all output is here', () => Buffer.concat(chunks).length >= input.length);
      expect(Buffer.concat(chunks).equals(input)).toBe(true);
    }
  });

  test.skipIf(missing)('the environment is what was asked for and the nonce', async () => {
    await using arena = await openArena();
    const env = { PLAIN: 'x', _mcp: 'mine', rc: 'mine', MULTI: 'a\nb', EMPTY: '', QUOTE: `'"\\$` };
    const run = await arena.start(node('console.log(JSON.stringify(process.env))'), {
      env,
      shell: shellPath(arena, name),
    });
    await ended(run);
    const { PWD, OLDPWD, SHLVL, _, ...seen } = JSON.parse(arena.output());
    expect(seen).toEqual({ ...arena.env, ...env, MCP_SUP_ID: run.nonce });
  });
});

test('writing to a piped server that is gone does not end us', async () => {
  await using arena = await openArena();
  const run = await arena.start('exec true', { stdio: 'piped' });
  // Without a turn of the event loop, so that Node does not know of the end yet.
  while (groupMembers(run.pid).length > 0);
  const failed = new Promise((resolve) => run.child.stdin?.write('x'.repeat(1_000_000), resolve));
  expect(await failed).toMatchObject({ code: 'EPIPE' });
  expect(await ended(run)).toEqual({ code: 0, signal: null });
});

test('the interpreter check does not read programs that are no scripts', async () => {
  await using arena = await openArena();
  execFileSync('cp', ['/bin/true', path.join(arena.dir, 'binary')]);
  expect(await ended(await arena.start(program('./binary')))).toEqual({ code: 0, signal: null });
});
