import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pty from '@lydell/node-pty';
import { transform } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { readStat } from '../../src/supervisor/process/identity.ts';
import { root } from '../helpers/root.ts';
import { type Running, startProgram } from '../helpers/running.ts';
import { waitFor } from '../helpers/wait.ts';

const launcher = path.join(root, 'src/bin/launcher.cjs');

/** A Node older than the program can use, when this machine has one besides the pinned one. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((file) => {
  try {
    const major = Number(execFileSync(file, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }));
    return major < 22;
  } catch {
    return false;
  }
});

/** What the launcher starts in these tests: says which Node runs it, then does as it is told. */
const PROGRAM = `
  const [what, value] = process.argv.slice(2);
  console.log('node ' + process.version + ' ' + JSON.stringify(process.argv.slice(2)) + ' ' + process.env.MCP_RERUN);
  if (what === 'wait') console.log('program ' + process.pid);
  if (what === 'descriptors') {
    const { execFileSync } = await import('node:child_process');
    const list = execFileSync('sh', ['-c', 'for n in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$n ] && printf " $n"; done; true'], { stdio: ['ignore', 'pipe', 'ignore'] });
    console.log('inherited:' + list);
  }
  if (what === 'exit') process.exitCode = Number(value);
  if (what === 'die') process.kill(process.pid, value);
  if (what === 'wait') {
    setInterval(() => {}, 1000);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.on(signal, () => { console.log('got ' + signal); if (signal !== 'SIGINT') process.exit(7); });
    console.log('waiting');
  }
`;

let checkout: string;
let installed: string;

beforeAll(async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'launcher-'));
  checkout = path.join(dir, 'checkout');
  installed = path.join(dir, 'installed');
  for (const base of [checkout, installed]) {
    await mkdir(path.join(base, 'dist/bin'), { recursive: true });
    await cp(launcher, path.join(base, 'dist/bin/demo.cjs'));
    await writeFile(path.join(base, 'dist/demo.mjs'), PROGRAM);
  }
  await writeFile(path.join(checkout, 'build.mjs'), '');
  await mkdir(path.join(checkout, 'node_modules/node/bin'), { recursive: true });
  await symlink(process.execPath, path.join(checkout, 'node_modules/node/bin/node'));
  return () => rm(dir, { recursive: true, force: true });
});

function launch(node: string, base: string, args: readonly string[], env: Record<string, string> = {}): Running {
  return startProgram(node, [path.join(base, 'dist/bin/demo.cjs'), ...args], {
    env: { PATH: process.env.PATH, HOME: path.dirname(checkout), ...env },
  });
}

test('the launcher holds no syntax that Node 12 cannot parse', async () => {
  const source = await readFile(launcher, 'utf8');
  const settings = { loader: 'js', supported: { 'dynamic-import': true } } as const;
  const lowered = await transform(source, { ...settings, target: 'node12' });
  const asWritten = await transform(source, { ...settings, target: 'esnext' });
  expect(lowered.code).toBe(asWritten.code);
});

test('on a good Node it runs the command of its own name, with the arguments untouched', async () => {
  const { code, stdout, stderr } = await launch(process.execPath, installed, ['exit', '3', 'a b', '--x=é']).ended;
  expect(stdout).toBe(`node ${process.version} ["exit","3","a b","--x=é"] undefined\n`);
  expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
});

test('a home that cannot hold a compile cache harms nothing', async () => {
  for (const env of [{ HOME: '' }, { HOME: '/dev/null' }, { HOME: 'relative' }, { XDG_CACHE_HOME: '/proc/nowhere' }]) {
    const { code, stderr } = await launch(process.execPath, installed, ['exit', '0'], env).ended;
    expect({ env, code, stderr }).toEqual({ env, code: 0, stderr: '' });
  }
});

test('a command that cannot be loaded is one sentence, and a stack only with DEBUG', async () => {
  await cp(launcher, path.join(installed, 'dist/bin/broken.cjs'));
  await writeFile(path.join(installed, 'dist/broken.mjs'), 'throw new Error("half installed")');
  const run = (env: Record<string, string>) =>
    startProgram(process.execPath, [path.join(installed, 'dist/bin/broken.cjs')], { env }).ended;
  expect(await run({})).toMatchObject({ code: 1, stderr: 'broken: half installed\n' });
  expect((await run({ DEBUG: '1' })).stderr).toMatch(/half installed\n\s+at /);
});

describe.skipIf(oldNode === undefined)('on a Node older than 22 (where this machine has one)', () => {
  const old = oldNode ?? '';

  test('a checkout runs itself again on its own Node, and the exit code comes through', async () => {
    const { code, stdout, stderr } = await launch(old, checkout, ['exit', '42', 'a b']).ended;
    expect(stdout).toBe(`node ${process.version} ["exit","42","a b"] undefined\n`);
    expect({ code, stderr }).toEqual({ code: 42, stderr: '' });
  });

  test('an installation says in one sentence what to do', async () => {
    const { code, stdout, stderr } = await launch(old, installed, ['exit', '0']).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^demo: needs Node 22\.13 or newer, this is v\S+ → install a newer Node from .*\n$/);
  });

  test('a checkout whose own Node is missing or too old does not loop', async () => {
    const { code, stderr } = await launch(old, checkout, ['exit', '0'], { MCP_RERUN: '1' }).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^demo: needs Node 22\.13 .* → npm install .*\n$/);
  });

  test('the death of the command by a signal comes through', async () => {
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGSEGV']) {
      expect(await launch(old, checkout, ['die', signal]).ended).toMatchObject({ code: null, signal });
    }
  });

  test('SIGTERM and SIGHUP reach the command, which decides how to end', async () => {
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
      const running = launch(old, checkout, ['wait']);
      await running.printed(/waiting/);
      running.child.kill(signal);
      expect(await running.ended).toMatchObject({ code: 7, stdout: expect.stringContaining(`got ${signal}`) });
    }
  });

  test('when it is killed with -9, the command ends as on a hangup', async () => {
    const running = launch(old, checkout, ['wait']);
    await running.printed(/waiting/);
    running.child.kill('SIGKILL');
    // Its output stays open for as long as the command has it.
    expect((await running.ended).stdout).toContain('got SIGHUP');
    const program = Number(/program (\d+)/.exec(running.stdout())?.[1]);
    await waitFor('the end of the command', () => readStat(program) === null);
  });

  test('what the command starts does not inherit what ties it to its launcher', async () => {
    const { stdout, code } = await launch(old, checkout, ['descriptors']).ended;
    expect(stdout).toContain('inherited: 0 1 2\n');
    expect(code).toBe(0);
  });

  test('a stop from outside stops both, and both go on', async () => {
    // A job of a shell on a terminal: elsewhere the kernel does not let SIGTSTP stop anything.
    const command = `'${old}' '${path.join(checkout, 'dist/bin/demo.cjs')}' wait`;
    const shell = pty.spawn(
      'bash',
      ['-c', `set -m; ${command} & echo "launcher $!"; while kill -0 $! 2>&-; do sleep 0.05; done`],
      {
        env: { PATH: process.env.PATH ?? '', HOME: checkout },
      },
    );
    let text = '';
    let ended = false;
    shell.onData((chunk) => {
      text += chunk;
    });
    shell.onExit(() => {
      ended = true;
    });
    await waitFor('both pids', () => /program \d+/.test(text) && text.includes('waiting'));
    const pids = ['launcher', 'program'].map((who) => Number(text.match(new RegExp(`${who} (\\d+)`))?.[1]));
    const [launcherPid = 0] = pids;
    const stopped = () => pids.map((pid) => readStat(pid)?.state === 'T');
    process.kill(launcherPid, 'SIGTSTP');
    await waitFor('both to stop', () => stopped().every(Boolean));
    process.kill(launcherPid, 'SIGCONT');
    await waitFor('both to go on', () => !stopped().some(Boolean));
    process.kill(launcherPid, 'SIGTERM');
    await waitFor('the end', () => ended);
    expect(text).toContain('got SIGTERM');
    expect(pids.map((pid) => readStat(pid))).toEqual([null, null]);
  });

  test('Ctrl-C, which the terminal sends to both, arrives once and ends nothing by itself', async () => {
    const running = startProgram(old, [path.join(checkout, 'dist/bin/demo.cjs'), 'wait'], {
      env: { PATH: process.env.PATH, HOME: checkout },
      detached: true,
    });
    await running.printed(/waiting/);
    process.kill(-running.pid, 'SIGINT');
    await running.printed(/got SIGINT/);
    running.child.kill('SIGTERM');
    const { code, stdout } = await running.ended;
    expect({ code, count: stdout.match(/got SIGINT/g)?.length }).toEqual({ code: 7, count: 1 });
  });
});
