import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { statusShape } from '../../src/cli/json-shapes.ts';
import { temporaryHome } from '../helpers/home.ts';
import { needs } from '../helpers/require.ts';
import { root } from '../helpers/root.ts';

/** Commands that only look, on a machine where nothing of ours runs: none of them may change that. */

const STOPPED = { command: 'sleep 1000' };

test('the first list writes a private registry of three servers, and says so once', async () => {
  await using home = await temporaryHome();
  const first = await home.run('mcp', ['list']);
  expect(first.code).toBe(0);
  expect(first.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
    'NAME',
    'mem0',
    'filesystem',
    'github',
    '',
  ]);
  expect(first.stderr).toContain(`wrote ${home.registryPath}`);
  expect((await stat(home.registryPath)).mode & 0o777).toBe(0o600);
  const written = await readFile(home.registryPath, 'utf8');

  const second = await home.run('mcp', ['list']);
  expect(second.stdout).toBe(first.stdout);
  expect(second.stderr).not.toContain('wrote');
  expect(await readFile(home.registryPath, 'utf8')).toBe(written);
});

test('looking starts no supervisor and leaves no process', async () => {
  await using home = await temporaryHome();
  await home.writeRegistry({ one: STOPPED, two: STOPPED });
  for (const args of [['list'], ['status'], ['one', 'status'], ['logs', '--no-follow'], ['all', 'stop'], []]) {
    await home.run('mcp', args);
    expect(await home.processes(), args.join(' ')).toEqual([]);
  }
});

test('status exits 0; with names it exits 1 unless all are ready or asleep', async () => {
  await using home = await temporaryHome();
  await home.writeRegistry({ one: STOPPED });
  expect((await home.run('mcp', ['status'])).code).toBe(0);
  for (const args of [
    ['one', 'status'],
    ['status', 'one'],
    ['all', 'status'],
  ]) {
    const { code, stdout } = await home.run('mcp', args);
    expect({ args, code }).toEqual({ args, code: 1 });
    expect(stdout).toContain('stopped');
  }
});

test('plain mcp off a terminal prints the status table and exits 0', async () => {
  await using home = await temporaryHome();
  await home.writeRegistry({ one: STOPPED });
  const { code, stdout } = await home.run('mcp', []);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^NAME +STATE.*\none +◌ stopped/);
});

test('--json has the documented shape, on stdout alone', async () => {
  await using home = await temporaryHome();
  await home.writeRegistry({ one: STOPPED, broken: { command: 7 } });
  for (const args of [['list', '--json'], ['--json', 'status'], ['status', 'one', '--json'], ['--json']]) {
    const { stdout } = await home.run('mcp', args);
    const status = statusShape.parse(JSON.parse(stdout));
    expect(status.supervisor).toBeNull();
    expect(status.servers.map(({ name }) => name)).toEqual(args.includes('one') ? ['one'] : ['one', 'broken']);
  }
});

describe('what is typed wrong ends with one sentence and the way out', () => {
  test.each([
    [['mem1', 'start'], 3, 'there is no server mem1 → did you mean mem0?'],
    [['start', 'mem0', 'githbu'], 3, 'there is no server githbu → did you mean github?'],
    [['@wokr', 'status'], 3, 'there is no profile @wokr → did you mean @work?'],
    [['zzz', 'logs'], 3, 'there is no server zzz → mcp list shows what there is'],
    [['mem0', 'strat'], 2, 'there is no verb "strat" → did you mean: mcp mem0 start'],
    [['mem0'], 2, '"mcp mem0" does not say what to do'],
    [['start'], 2, 'mcp start: which servers? → mcp NAME start, or mcp all start'],
    [['mem0', 'start', '--wiat', '3s'], 2, "unknown option '--wiat' → did you mean --wait?"],
    [['mem0', 'start', '--wait', 'long'], 2, 'expected a duration'],
    [['mem0', 'start', '--env', 'novalue'], 2, 'expected NAME=value'],
    [['mem0', 'logs', '-n', 'many'], 2, 'expected a whole number'],
    [['mem0', 'logs', '--level', 'loud'], 2, 'Allowed choices are error, warn, info, debug'],
    [['mem0', 'logs', '--grep', '('], 2, 'not a regular expression'],
    [['completion', 'tcsh'], 2, 'Allowed choices are bash, zsh, fish'],
    [['supervisor', 'stpo'], 2, 'stop'],
    [['help', 'strat'], 2, 'there is no verb "strat" → did you mean: mcp start'],
    [['--plane'], 2, "unknown option '--plane' → did you mean --plain?"],
  ])('mcp %j: %i', async (args, code, sentence) => {
    await using home = await temporaryHome();
    await home.writeRegistry({ mem0: { ...STOPPED, profile: 'work' }, github: STOPPED });
    const ran = await home.run('mcp', args);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toContain(sentence);
    expect(ran.stderr).toMatch(/^mcp: [^\n]+\n$/);
    expect(await home.processes()).toEqual([]);
  });
});

test('a stack only with DEBUG', async () => {
  await using home = await temporaryHome();
  const { code, stderr } = await home.run('mcp', ['no-such', 'start'], { env: { DEBUG: '1' } });
  expect(code).toBe(3);
  expect(stderr).toMatch(/there is no server no-such.*\n.*\n\s+at .*\.ts:\d+/s);
});

test('a broken registry is told with line and column; a name in it is bad configuration', async () => {
  await using home = await temporaryHome();
  await writeFile(home.registryPath, '{\n  "one": {\n    "command": "x",,\n  }\n}\n');
  const listed = await home.run('mcp', ['list']);
  expect(listed.code).toBe(0);
  expect(listed.stderr).toContain(`${home.registryPath}:3:`);
  const started = await home.run('mcp', ['one', 'start']);
  expect(started.code).toBe(4);
  expect(started.stderr).toContain(`${home.registryPath}:3:`);
});

test('HOME that cannot be used is refused in one sentence', async () => {
  await using home = await temporaryHome();
  for (const HOME of [undefined, '', 'relative', path.join(home.dir, 'missing')]) {
    const { code, stdout, stderr } = await home.run('mcp', ['status'], { env: { HOME } });
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^mcp: .*HOME.* → export HOME=.*\n$|^mcp: the home directory .* → export HOME=.*\n$/);
  }
});

test.skipIf(needs('linux') !== null)('a home that cannot be written is listed all the same', async () => {
  await using home = await temporaryHome();
  // Nobody, not even root, makes a file there.
  const { code, stdout, stderr } = await home.run('mcp', ['list'], {
    env: { HOME: '/sys', MCP_RUNTIME_DIR: undefined },
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^NAME +STATE/);
  expect(stderr).toContain('/sys/.mcp-servers.json cannot be written');
});

test('a reader that has seen enough ends the command quietly', async () => {
  await using home = await temporaryHome();
  const servers = Array.from({ length: 3000 }, (_, index) => [`server-${index}`, STOPPED]);
  await home.writeRegistry(Object.fromEntries(servers));
  const line = `"${process.execPath}" "${root}/dist/bin/mcp.cjs" list | head -1; echo "ends \${PIPESTATUS[0]}"`;
  const shell = spawn('bash', ['-c', line], { env: home.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  await once(shell, 'close');
  expect(text).toMatch(/^NAME .*$/m);
  expect(text).toMatch(/^ends 0$/m);
  expect(text).not.toContain('EPIPE');
});

test('closed standard streams do not matter to what is left of it', async () => {
  await using home = await temporaryHome();
  await home.writeRegistry({ one: STOPPED });
  const line = `"${process.execPath}" "${root}/dist/bin/mcp.cjs" status <&- 2>&-; echo "ends $?"`;
  const shell = spawn('bash', ['-c', line], { env: home.env, stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  shell.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  await once(shell, 'close');
  expect(text).toMatch(/\none +◌ stopped[^\n]*\nends 0\n$/);
});

test('--help shows examples for every verb, --version the version; both work without a home', async () => {
  await using home = await temporaryHome();
  const { stdout } = await home.run('mcp', ['--help'], { env: { HOME: undefined } });
  const verbs = [...stdout.matchAll(/^ {2}([a-z]+) +(?:\[|<)/gm)].flatMap(([, verb]) => verb ?? []);
  expect(verbs).toEqual(expect.arrayContaining(['list', 'status', 'start', 'stop', 'restart', 'logs', 'add', 'edit']));
  for (const verb of verbs) {
    const help = await home.run('mcp', verb === 'add' || verb === 'help' ? ['help', 'add'] : ['mem0', verb, '--help']);
    expect({ verb, code: help.code, stderr: help.stderr }).toEqual({ verb, code: 0, stderr: '' });
    expect(help.stdout).toMatch(/Examples:\n {2}.*mcp /);
  }
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  expect((await home.run('mcp', ['--version'])).stdout).toBe(`${version}\n`);
});

describe.skipIf(needs('script') !== null)('on a terminal', () => {
  /** Runs a command on a pseudo-terminal and returns everything it wrote. */
  async function onTerminal(env: Record<string, string>, ...args: string[]): Promise<string> {
    await using home = await temporaryHome();
    await home.writeRegistry({ one: STOPPED });
    const line = [process.execPath, path.join(root, 'dist/bin/mcp.cjs'), ...args].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      env: { ...home.env, TERM: 'xterm-256color', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    await once(child, 'close');
    return text;
  }

  const ESCAPE = '\u001B[';

  test('colours are there, and go with NO_COLOR, --no-color and TERM=dumb', async () => {
    expect(await onTerminal({}, 'status')).toContain(ESCAPE);
    expect(await onTerminal({ NO_COLOR: '1' }, 'status')).not.toContain(ESCAPE);
    expect(await onTerminal({}, 'status', '--no-color')).not.toContain(ESCAPE);
    expect(await onTerminal({}, '--no-color', 'status')).not.toContain(ESCAPE);
    expect(await onTerminal({ TERM: 'dumb' }, 'status')).not.toContain(ESCAPE);
  });

  test('--plain and TERM=dumb print the table instead of the cockpit', async () => {
    for (const text of [await onTerminal({ NO_COLOR: '1' }, '--plain'), await onTerminal({ TERM: 'dumb' })]) {
      expect(text).toMatch(/^NAME +STATE/);
      expect(text).not.toContain(ESCAPE);
    }
  });

  test('without UTF-8 the glyphs are ASCII', async () => {
    const text = await onTerminal({ LANG: 'C', NO_COLOR: '1' }, 'status');
    expect(text).toMatch(/^[\x00-\x7F]*$/);
  });
});
