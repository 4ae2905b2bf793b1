import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { root } from '../helpers/root.ts';
import { tinyStdio } from '../helpers/tiny.ts';
import { serverOf } from './status-of.ts';

let home: Home;
beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(() => home.close());

const registry = async () => JSON.parse(await readFile(home.registryPath, 'utf8'));

/** An editor that notes what it was called with, then does as the script says. */
async function editor(script: string) {
  const file = path.join(home.dir, 'vim');
  const log = path.join(home.dir, 'called-with');
  await writeFile(file, `#!/bin/sh\nprintf '%s\\n' "$@" > '${log}'\n${script}\n`);
  await chmod(file, 0o700);
  return { env: { EDITOR: file }, calledWith: async () => (await readFile(log, 'utf8')).trimEnd().split('\n') };
}

test('add: a command behind --, a shell line, a port, a URL', async () => {
  await home.writeRegistry({});
  const add = async (...args: string[]) => expect(await home.run('mcp', ['add', ...args])).toMatchObject({ code: 0 });
  await add('program', '--env', 'A=1', '--env', 'B=x=y', '--', 'npx', '-y', '@example/server', '--port', '1');
  await add('line', '--', 'echo a | cat');
  await add('web', '--port', '8060', '--path', home.dir, '--', 'uv', 'run', 'server.py');
  await add('far', '--url', 'https://mcp.example.com/mcp');
  expect(await registry()).toEqual({
    program: { command: 'npx', args: ['-y', '@example/server', '--port', '1'], env: { A: '1', B: 'x=y' } },
    line: { command: 'echo a | cat' },
    web: { path: home.dir, command: 'uv', args: ['run', 'server.py'], port: 8060 },
    far: { url: 'https://mcp.example.com/mcp' },
  });
});

test('what was added runs at once, and a running supervisor knows it', async () => {
  await home.writeRegistry({ one: tinyStdio() });
  await home.run('mcp', ['one', 'start']);
  const server = path.join(root, 'test/fixtures/tiny-mcp.mjs');
  const added = await home.run('mcp', ['add', 'two', '--', process.execPath, server, 'stdio']);
  expect(added.stdout).toContain('mcp two start');
  expect((await serverOf(home, 'two')).state).toBe('stopped');
  expect((await home.run('mcp', ['two', 'start'])).code).toBe(0);
});

test.each([
  [['add', 'x'], 'what shall run?'],
  [['add', 'x', '--url', 'https://e.example/mcp', '--', 'cmd'], 'a command and a URL at once'],
  [['add', 'one', '--', 'cmd'], 'there is a server one already'],
  [['add', 'ONE', '--', 'cmd'], 'there is a server one already'],
  [['add', 'status', '--', 'cmd'], 'the word is reserved'],
  [['add', '../x', '--', 'cmd'], 'cannot name a server'],
  [['add', 'x', '--port', '70000', '--', 'cmd'], 'port'],
  [['add', 'x', '--transport', 'http', '--', 'cmd'], 'port'],
])('mcp %j is refused, and the file stays as it is', async (args, sentence) => {
  await home.writeRegistry({ one: { command: 'cmd' } });
  const before = await readFile(home.registryPath, 'utf8');
  const { code, stderr } = await home.run('mcp', args);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(sentence) });
  expect(await readFile(home.registryPath, 'utf8')).toBe(before);
});

test('a broken file is never written', async () => {
  const broken = '{ "one": ';
  await writeFile(home.registryPath, broken);
  expect((await home.run('mcp', ['add', 'x', '--', 'cmd'])).code).toBe(4);
  expect((await home.run('mcp', ['one', 'remove', '--yes'])).code).not.toBe(0);
  expect(await readFile(home.registryPath, 'utf8')).toBe(broken);
});

test('comments and the order of keys survive add and remove', async () => {
  await writeFile(
    home.registryPath,
    '{\n  // keep me\n  "b": { "command": "x" },\n  "a": { "command": "y" } // me too\n}\n',
  );
  await home.run('mcp', ['add', 'c', '--', 'z']);
  await home.run('mcp', ['b', 'remove', '--yes']);
  const text = await readFile(home.registryPath, 'utf8');
  expect(text).toMatch(/\/\/ keep me.*"a".*\/\/ me too.*"c"/s);
  expect(text).not.toContain('"b"');
});

test('remove asks; off a terminal it must be told; what runs is not removed', async () => {
  await home.writeRegistry({ one: tinyStdio(), two: { command: 'x' } });
  expect(await home.run('mcp', ['two', 'remove'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
  await home.run('mcp', ['one', 'start']);
  const refused = await home.run('mcp', ['one', 'two', 'remove', '--yes']);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('mcp one stop') });
  expect(Object.keys(await registry())).toEqual(['one', 'two']);
  await home.run('mcp', ['one', 'stop']);
  expect(await home.run('mcp', ['one', 'two', 'remove', '--yes'])).toMatchObject({ code: 0 });
  expect(await registry()).toEqual({});
  expect(await home.run('mcp', ['one', 'remove', '--yes'])).toMatchObject({ code: 3 });
});

test('edit opens the editor at the entry and tells what is wrong afterwards', async () => {
  await home.writeRegistry({ one: { command: 'x' }, two: { command: 'y' } });
  const good = await editor('exit 0');
  expect(await home.run('mcp', ['two', 'edit'], good)).toMatchObject({ code: 0, stderr: '' });
  const line = (await readFile(home.registryPath, 'utf8')).split('\n').findIndex((text) => text.includes('"two"')) + 1;
  expect(await good.calledWith()).toEqual([`+${line}`, home.registryPath]);

  const bad = await editor(`sed -i 's/"x"/7/' "$2"`);
  const { code, stderr } = await home.run('mcp', ['one', 'edit'], bad);
  expect(code).toBe(4);
  expect(stderr).toMatch(/one: .*command.*\.mcp-servers\.json:3:/);
});

test('edit with an editor that has options, one that fails, one that is not there, and a name that is not there', async () => {
  await home.writeRegistry({ one: { command: 'x' } });
  const { env, calledWith } = await editor('exit 0');
  const { EDITOR } = env;
  await home.run('mcp', ['one', 'edit'], { env: { VISUAL: `${EDITOR} --wait '-n x'`, EDITOR: 'false' } });
  expect(await calledWith()).toEqual(['--wait', '-n x', expect.stringMatching(/^\+\d$/), home.registryPath]);
  expect(await home.run('mcp', ['edit'], { env: { EDITOR: 'false' } })).toMatchObject({ code: 1 });
  const missing = await home.run('mcp', ['edit'], { env: { EDITOR: 'no-such-editor' } });
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('export EDITOR=') });
  expect(await home.run('mcp', ['onn', 'edit'], { env: { EDITOR } })).toMatchObject({ code: 3 });
});

test('a port that another entry has is refused by name', async () => {
  const port = await freePort();
  await home.writeRegistry({ one: { command: 'x', port } });
  const { code, stderr } = await home.run('mcp', ['add', 'two', '--port', String(port), '--', 'y']);
  expect(code).toBe(2);
  expect(stderr).toContain('one');
});
