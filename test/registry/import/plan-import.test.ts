import { describe, expect, test } from 'vitest';
import { freeName, planImport } from '../../../src/registry/import/plan-import.ts';
import { sameServer } from '../../../src/registry/import/same-server.ts';
import { serverNameProblem } from '../../../src/registry/server-name.ts';

const candidate = (name: string, entry: Record<string, unknown>, from = 'cursor') => ({
  server: { name, entry, notes: [] },
  from,
});
const decide = (candidates: ReturnType<typeof candidate>[], registered: { name: string; raw: unknown }[] = []) =>
  planImport(candidates, registered).map(({ name, action, holder }) => [name, action, holder]);

test('new, already there, and in the way of another; letter case does not count', () => {
  const registered = [
    { name: 'github', raw: { url: 'https://x.example/mcp' } },
    { name: 'Time', raw: { command: 'uvx', args: ['time'] } },
  ];
  const found = [
    candidate('github', { url: 'https://x.example/mcp/' }),
    candidate('time', { command: 'npx', args: ['time'] }),
    candidate('new', { command: 'x', args: [] }),
  ];
  expect(decide(found, registered)).toEqual([
    ['github', 'present', 'github'],
    ['time', 'taken', 'Time'],
    ['new', 'add', null],
  ]);
});

test('of two clients with the same name the first has it; the same server twice is one', () => {
  const found = [
    candidate('a', { command: 'x', args: [] }, 'claude-code'),
    candidate('a', { command: 'x', args: [] }, 'cursor'),
    candidate('a', { command: 'y', args: [] }, 'vscode'),
  ];
  expect(decide(found)).toEqual([
    ['a', 'add', null],
    ['a', 'present', 'a'],
    ['a', 'taken', 'a'],
  ]);
});

test.each([
  ['my server!', 'my-server'],
  ['status', 'my-status'],
  ['天気', 'imported'],
  ['x'.repeat(80), 'x'.repeat(64)],
])('a name that cannot be one here: %s → %s', (name, wanted) => {
  expect(decide([candidate(name, { command: 'x', args: [] })])).toEqual([[wanted, 'add', null]]);
  expect(serverNameProblem(wanted)).toBeNull();
});

test('another name is free and valid', () => {
  expect(freeName('github', 'cursor', ['github'])).toBe('github-cursor');
  expect(freeName('github', 'mcp.json', ['github', 'GitHub-mcp.json'])).toBe('github-mcp.json-2');
  expect(serverNameProblem(freeName('x'.repeat(64), 'claude-desktop', []))).toBeNull();
});

describe('the same server', () => {
  const theirs = { command: 'npx', args: ['s', '--token', 'abc'] };
  test.each([
    ['word by word', theirs, theirs, true],
    ['another argument', theirs, { command: 'npx', args: ['s', '--token', 'abd'] }, false],
    ['fewer arguments', theirs, { command: 'npx', args: ['s'] }, false],
    ['a secret that an import moved', theirs, { command: 'npx', args: ['s', '--token', '${TOKEN}'] }, true],
    ['variables, fields beside', { url: 'https://x/?k=1' }, { url: 'https://x/?k=${K}', tags: ['a'] }, true],
    ['a URL and a command', { url: 'https://x' }, { command: 'https://x' }, true],
    ['nothing to go by', {}, {}, false],
    ['no object', 'x', 'x', false],
  ])('%s', (_what, a, b, same) => {
    expect(sameServer({ name: 'n', raw: a }, { name: 'n', raw: b })).toBe(same);
  });

  test('variables match anything only under the same name', () => {
    expect(sameServer({ name: 'other', raw: { command: 'x' } }, { name: 'n', raw: { command: '${CMD}' } })).toBe(false);
  });
});
