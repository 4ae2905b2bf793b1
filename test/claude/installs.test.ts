import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeServer, serverIn, setServer } from '../../src/claude/edit-servers.ts';
import { type Change, installsFile, readInstalls, undoChange, writeInstalls } from '../../src/claude/installs.ts';

const PATH = ['mcpServers'];
const TEXT = '{\n  "mcpServers": {\n    "github": { "command": "npx", "env": { "TOKEN": "t" } } // mine\n  }\n}\n';
const change = (name: string, before: unknown, after: unknown): Change => ({
  scope: 'user',
  file: '/x',
  path: PATH,
  name,
  before,
  after,
});

test('what was added goes, what was removed comes back, what was changed is as before', () => {
  const ours = { url: 'http://127.0.0.1:8049/mcp' };
  const github = { command: 'npx', env: { TOKEN: 't' } };
  const added = setServer(TEXT, PATH, 'cockpit', ours);
  expect(undoChange(added, change('cockpit', null, ours))).toEqual({ text: TEXT, outcome: 'undone' });

  const removed = removeServer(TEXT, PATH, 'github');
  const back = undoChange(removed, change('github', github, null));
  expect(serverIn(back.text, PATH, 'github')).toEqual(github);

  const replaced = setServer(TEXT, PATH, 'github', ours);
  const again = undoChange(replaced, change('github', github, ours));
  expect(serverIn(again.text, PATH, 'github')).toEqual(github);
  expect(again.text).toContain('// mine');
});

test('what somebody changed since is theirs', () => {
  const theirs = setServer(TEXT, PATH, 'cockpit', { url: 'https://elsewhere' });
  expect(undoChange(theirs, change('cockpit', null, { url: 'ours' }))).toEqual({ text: theirs, outcome: 'kept' });
  expect(undoChange(TEXT, change('github', { command: 'old' }, null))).toEqual({ text: TEXT, outcome: 'kept' });
});

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'installs-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

test('the notes are private, and read back as written', async () => {
  expect(readInstalls({ dataDir })).toEqual({ ok: true, value: [] });
  const installs = [{ at: '2026-01-01T00:00:00.000Z', changes: [change('a', null, { x: 1 })] }];
  writeInstalls({ dataDir }, installs);
  expect(readInstalls({ dataDir })).toEqual({ ok: true, value: installs });
  expect((await stat(installsFile({ dataDir }))).mode & 0o777).toBe(0o600);
  writeInstalls({ dataDir }, []);
  expect(readInstalls({ dataDir })).toEqual({ ok: true, value: [] });
});

test('notes that cannot be understood are told, not thrown away', async () => {
  await writeFile(installsFile({ dataDir }), '[{ "at": 1 }]');
  expect(readInstalls({ dataDir })).toMatchObject({ ok: false, problem: { what: expect.stringContaining(dataDir) } });
});
