import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logLineShape } from '../../src/cli/json-shapes.ts';
import { freePort } from '../helpers/free-port.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { tinyHttp } from '../helpers/tiny.ts';

let home: Home;
beforeEach(async () => {
  home = await temporaryHome();
  await mkdir(home.runtimeDir, { mode: 0o700 });
});
afterEach(() => home.close());

const logFile = (server: string) => path.join(home.runtimeDir, `${server}.log`);
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');
const lines = (text: string) => text.split('\n').slice(0, -1);

test('off a terminal: the last 200 lines, or as many as asked, then the end', async () => {
  await home.writeRegistry({ one: { command: 'x' } });
  await writeFile(logFile('one'), numbered(300));
  const { code, stdout } = await home.run('mcp', ['one', 'logs']);
  expect(code).toBe(0);
  expect(lines(stdout)).toEqual(lines(numbered(300)).slice(100));
  expect(lines((await home.run('mcp', ['logs', 'one', '-n', '3'])).stdout)).toEqual([
    'line 298',
    'line 299',
    'line 300',
  ]);
  expect((await home.run('mcp', ['one', 'logs', '-n', '0'])).stdout).toBe('');
});

test('--grep searches the whole log and counts the lines that match; --level filters', async () => {
  await home.writeRegistry({ one: { command: 'x' } });
  await writeFile(logFile('one'), `ERROR the first\n${numbered(1000)}warning: low\nWARN high\ndebug: no\n`);
  const run = async (...args: string[]) => lines((await home.run('mcp', ['one', 'logs', ...args])).stdout);
  expect(await run('--grep', 'line 99\\d', '-n', '2')).toEqual(['line 998', 'line 999']);
  expect(await run('--grep', 'error')).toEqual(['ERROR the first']);
  expect(await run('--grep', 'First')).toEqual([]);
  expect(await run('--level', 'warn')).toEqual(['ERROR the first', 'warning: low', 'WARN high']);
});

test('-f waits for more, from all servers, each line with its name', async () => {
  await home.writeRegistry({ one: { command: 'x' }, another: { command: 'y' } });
  await writeFile(logFile('one'), numbered(3));
  const running = home.start('mcp', ['all', 'logs', '-f', '-n', '1']);
  await running.printed(/^one {5}\| line 3\n/);
  await appendFile(logFile('one'), 'more of one\n');
  await running.printed(/one {5}\| more of one\n/);
  await writeFile(logFile('another'), 'a log that appears\n');
  await running.printed(/another \| a log that appears\n/);
  running.child.kill('SIGINT');
  expect(await running.ended).toMatchObject({ signal: 'SIGINT', stderr: '' });
});

test('-f with --grep shows what matches, before and after', async () => {
  await home.writeRegistry({ one: { command: 'x' } });
  await writeFile(logFile('one'), numbered(30));
  const running = home.start('mcp', ['one', 'logs', '-f', '--grep', '(5|stop)$', '-n', '2']);
  await running.printed(/line 25\n/);
  await appendFile(logFile('one'), 'hidden\nand stop\n');
  await running.printed(/and stop\n/);
  running.child.kill('SIGTERM');
  expect(lines((await running.ended).stdout)).toEqual(['line 15', 'line 25', 'and stop']);
});

test('--json is one object per line; times are those of the writing; --since and --timestamps use them', async () => {
  const port = await freePort();
  await home.writeRegistry({ one: tinyHttp(port, ['lines=20']) });
  await writeFile(logFile('one'), 'from before\n');
  const began = Date.now();
  await home.run('mcp', ['one', 'start']);
  const running = home.start('mcp', ['one', 'logs', '-f']);
  await running.printed(/line 30\n/);
  running.child.kill('SIGTERM');
  await running.ended;
  await home.run('mcp', ['one', 'stop']);

  const { stdout } = await home.run('mcp', ['one', 'logs', '--json', '--grep', '^(line|from)']);
  const objects = lines(stdout).map((line) => logLineShape.parse(JSON.parse(line)));
  expect(objects[0]).toEqual({ server: 'one', at: null, level: null, text: 'from before' });
  const times = objects.slice(1).map(({ at }) => Date.parse(at ?? ''));
  expect(times.length).toBeGreaterThanOrEqual(30);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(began);
  expect(times).toEqual(times.toSorted((a, b) => a - b));

  expect((await home.run('mcp', ['one', 'logs', '--since', '1h'])).stdout).toContain('line 30\n');
  expect((await home.run('mcp', ['one', 'logs', '--since', '1ms'])).stdout).not.toMatch(/from before|line 1\n/);
  const stamped = await home.run('mcp', ['one', 'logs', '--timestamps', '--grep', 'line 30$']);
  expect(stamped.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d line 30\n$/);
});

test('the log of a server that is gone from the registry can still be read', async () => {
  await home.writeRegistry({});
  await writeFile(logFile('gone'), 'last words\n');
  expect((await home.run('mcp', ['gone', 'logs'])).stdout).toBe('last words\n');
  expect((await home.run('mcp', ['never-was', 'logs'])).code).toBe(3);
});

test('control sequences of a server do not reach the terminal', async () => {
  await home.writeRegistry({ one: { command: 'x' } });
  await writeFile(logFile('one'), '\u001B]0;title\u0007\u001B[2Jred \u001B[31mx\u001B[0m\u0007\n');
  expect((await home.run('mcp', ['one', 'logs'])).stdout).toBe('red x\n');
});
