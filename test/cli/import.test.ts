import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { importShape } from '../../src/cli/json-shapes.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { root } from '../helpers/root.ts';
import { Terminal } from '../helpers/terminal.ts';
import { serverOf } from './status-of.ts';

let home: Home;
beforeEach(async () => {
  home = await temporaryHome();
  await home.writeRegistry({ github: { url: 'https://registered.example/mcp' } });
});
afterEach(() => home.close());

const registry = async () => JSON.parse(await readFile(home.registryPath, 'utf8'));
const write = async (name: string, content: unknown) => {
  const file = path.join(home.dir, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};
const importFrom = (...args: string[]) => home.run('mcp', ['import', ...args]);
const TINY = path.join(root, 'test/fixtures/tiny-mcp.mjs');

test('a server of Claude Code runs from here, with its secret in a private file and nowhere else', async () => {
  await write('.claude.json', {
    mcpServers: {
      tiny: {
        type: 'stdio',
        command: process.execPath,
        args: [TINY, 'stdio'],
        env: { API_TOKEN: 'gehe1m', MODE: 'x' },
      },
    },
  });
  const imported = await importFrom('claude-code');
  expect(imported).toMatchObject({ code: 0, stderr: '' });
  expect(imported.stdout).toMatch(/imported tiny\n.*API_TOKEN.*tiny\.env/s);
  expect(imported.stdout).not.toContain('gehe1m');
  const envFile = path.join(home.dataDir, 'env/tiny.env');
  expect(await readFile(envFile, 'utf8')).toBe('API_TOKEN=gehe1m\n');
  expect((await stat(envFile)).mode & 0o777).toBe(0o600);
  expect((await registry()).tiny).toEqual({
    command: process.execPath,
    args: [TINY, 'stdio'],
    env: { MODE: 'x' },
    env_file: '${MCP_DATA_DIR}/env/tiny.env',
  });
  expect(await home.run('mcp', ['tiny', 'start'])).toMatchObject({ code: 0 });
  const { pid } = await serverOf(home, 'tiny');
  expect(await readFile(`/proc/${pid}/environ`, 'utf8')).toContain('API_TOKEN=gehe1m');
});

test('every client that is there, in one go', async () => {
  await write('.cursor/mcp.json', { mcpServers: { a: { command: 'a' } } });
  await write('.config/Code/User/mcp.json', '{ "servers": { "b": { "type": "http", "url": "https://b.example" } }, }');
  await write('.codex/config.toml', '[mcp_servers.c]\ncommand = "c"\n');
  await write('.gemini/settings.json', { mcpServers: { d: { httpUrl: 'https://d.example' } } });
  await write('.config/Claude/claude_desktop_config.json', { mcpServers: { e: { command: 'e' } } });
  await write('.mcp.json', { mcpServers: { f: { command: 'f' } } });
  const { stdout, code } = await importFrom('--json');
  const { servers, files } = importShape.parse(JSON.parse(stdout));
  expect(code).toBe(0);
  expect(files).toHaveLength(6);
  expect(servers.map(({ name, from, imported }) => `${name} ${from} ${imported}`)).toEqual([
    'f claude-code true',
    'e claude-desktop true',
    'a cursor true',
    'b vscode true',
    'c codex true',
    'd gemini true',
  ]);
  expect(Object.keys(await registry())).toEqual(['github', 'f', 'e', 'a', 'b', 'c', 'd']);
});

test('--dry-run shows all of it and changes nothing', async () => {
  const file = await write('any.json', {
    mcpServers: { 'my server!': { command: 'x', env: { KEY: 'gehe1m' } }, ws: { type: 'ws' } },
  });
  const before = await readFile(home.registryPath, 'utf8');
  const { stdout, stderr, code } = await importFrom('--dry-run', file);
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'nothing was changed\n' });
  expect(stdout).toMatch(/my-server .*import .*\n.*cannot name a server.*\n.*env file: KEY/);
  expect(stdout).toMatch(/ws .*skip .*type "ws"/);
  expect(stdout).not.toContain('gehe1m');
  expect(await readFile(home.registryPath, 'utf8')).toBe(before);
  await expect(readdir(home.dataDir)).rejects.toThrow('ENOENT');
});

describe('a name that is taken', () => {
  const theirs = {
    mcpServers: { github: { url: 'https://theirs.example/mcp', headers: { Authorization: 'Bearer gehe1m00' } } },
  };

  test('off a terminal: skipped, and said so; nothing of it is left on disk', async () => {
    const { code, stderr } = await importFrom(await write('any.json', theirs));
    expect(code).toBe(0);
    expect(stderr).toMatch(/skipped github from .*another github has the name/);
    expect(await registry()).toEqual({ github: { url: 'https://registered.example/mcp' } });
    await expect(readdir(home.dataDir)).rejects.toThrow('ENOENT');
  });

  test.each([
    ['s', { github: 'https://registered.example/mcp' }],
    ['r', { github: 'https://registered.example/mcp', 'github-cursor': 'https://theirs.example/mcp' }],
    ['p', { github: 'https://theirs.example/mcp' }],
  ])('on a terminal it is asked about: %s', async (answer, urls) => {
    await write('.cursor/mcp.json', theirs);
    const terminal = new Terminal(home, { args: ['import', 'cursor'], columns: 160 });
    await terminal.line(/\[s\]kip, \[r\]ename to github-cursor, re\[p\]lace\?/);
    terminal.type(`${answer}\r`);
    expect((await terminal.ended).exitCode).toBe(0);
    expect(terminal.text()).not.toContain('gehe1m00');
    const entries: [string, { url: string }][] = Object.entries(await registry());
    expect(Object.fromEntries(entries.map(([name, { url }]) => [name, url]))).toEqual(urls);
  });

  test('the same server is there already: nothing to do', async () => {
    await write('.cursor/mcp.json', { mcpServers: { github: { url: 'https://registered.example/mcp' } } });
    const { stdout, stderr } = await importFrom('cursor');
    expect(stdout).toContain('is there');
    expect(stderr).toBe('');
  });
});

test('on a terminal it asks once before anything is written', async () => {
  await write('.cursor/mcp.json', { mcpServers: { a: { command: 'a' }, b: { command: 'b' } } });
  const terminal = new Terminal(home, { args: ['import', 'cursor'] });
  await terminal.line(/import a, b\? \[y\/N\]/);
  terminal.type('n\r');
  expect((await terminal.ended).exitCode).toBe(0);
  expect(Object.keys(await registry())).toEqual(['github']);
});

test('an entry that could never run is left out with the reason; the others go in, and no env file stays behind', async () => {
  const file = await write('any.json', {
    mcpServers: {
      bad: { url: 'ftp://x.example', headers: { Authorization: 'Bearer gehe1m00' } },
      good: { command: 'x' },
    },
  });
  const { code, stdout, stderr } = await importFrom(file);
  expect(code).toBe(1);
  expect(stdout).toContain('imported good');
  expect(stderr).toMatch(/bad was not imported: .*ftp/);
  expect(Object.keys(await registry())).toEqual(['github', 'good']);
  expect(await readdir(path.join(home.dataDir, 'env'))).toEqual([]);
});

test("a client's own env file and the secrets beside it end up in one", async () => {
  await write('shop/.env', 'A=1\nTOKEN=from-file\n');
  const entry = { command: 'x', cwd: path.join(home.dir, 'shop'), envFile: '.env', env: { API_KEY: 'gehe1m' } };
  const { code } = await importFrom(await write('any.json', { mcpServers: { x: entry } }));
  expect(code).toBe(0);
  expect(await readFile(path.join(home.dataDir, 'env/x.env'), 'utf8')).toBe('A=1\nTOKEN=from-file\nAPI_KEY=gehe1m\n');
});

test('an env file that is there stays; the new one gets another name', async () => {
  await write('mcp-data/env/x.env', 'OLD=1\n');
  await importFrom(await write('any.json', { mcpServers: { x: { command: 'x', env: { API_KEY: 'gehe1m' } } } }));
  expect(await readFile(path.join(home.dataDir, 'env/x.env'), 'utf8')).toBe('OLD=1\n');
  expect((await registry()).x.env_file).toBe('${MCP_DATA_DIR}/env/x-2.env');
});

test('our own entries are not imported into ourselves', async () => {
  await home.run('claude-mcp', ['install']);
  const { servers, refused } = importShape.parse(JSON.parse((await importFrom('claude-code', '--json')).stdout));
  expect(servers).toEqual([]);
  expect(refused).toEqual([{ name: 'cockpit', from: 'claude-code', why: 'it leads to this cockpit itself' }]);
});

test.each([
  ['no-such-thing', 3, 'no client of that name'],
  ['vscode', 3, 'has no configuration here'],
  ['broken.json', 4, 'broken.json:1:'],
  ['broken.toml', 4, 'broken.toml:1:'],
])('mcp import %s: exit %i and one sentence', async (source, code, sentence) => {
  await write('broken.json', '{ "mcpServers": ');
  await write('broken.toml', '[mcp_servers.a\ntoken = "gehe1m"');
  const ended = await importFrom(source);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(sentence);
  expect(ended.stderr.trim().split('\n')).toHaveLength(1);
  expect(ended.stderr).not.toContain('gehe1m');
});

test('a broken registry is not touched', async () => {
  await writeFile(home.registryPath, '{ "a": ');
  const file = await write('any.json', { mcpServers: { x: { command: 'x', env: { KEY: 'gehe1m' } } } });
  expect((await importFrom(file)).code).toBe(4);
  expect(await readFile(home.registryPath, 'utf8')).toBe('{ "a": ');
  await expect(readdir(home.dataDir)).rejects.toThrow('ENOENT');
});
