import { basename, join, resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { serverNameProblem, unknownServerProblem } from '../../src/registry/server-name.ts';

test.each(['mem0', 'a', '0', 'github.com_x-1', 'listing', 'x'.repeat(64)])('%s can name a server', (name) => {
  expect(serverNameProblem(name)).toBeNull();
});

test.each([
  'list',
  'STATUS',
  'supervisor',
  'all',
  'mcp',
  'health',
  '__proto__',
  'constructor',
  '.',
  '..',
  '../x',
  '.hidden',
  '-x',
  '@work',
  'a/b',
  'a b',
  'naïve',
  '',
  'x'.repeat(65),
  'a\n',
  'a\0',
])('%j cannot', (name) => {
  const problem = serverNameProblem(name);
  expect(problem?.what).toContain('cannot name a server');
  expect(problem?.next).toBeTruthy();
});

test('the way out is a name that is allowed', () => {
  for (const name of ['../x', 'a b', '@work', 'list', '__proto__', 'naïve', 'x'.repeat(80)]) {
    const suggestion = /"(.+)"/.exec(serverNameProblem(name)?.next ?? '')?.[1] ?? '';
    expect(serverNameProblem(suggestion), `${name} → ${suggestion}`).toBeNull();
  }
});

test('an allowed name never leaves the directory its files are in', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[./\\A-Za-z0-9_-]{1,10}$/)), (name) => {
      if (serverNameProblem(name) !== null) return;
      const file = `${name}.log`;
      expect(basename(file)).toBe(file);
      expect(resolve('/run/dir', file)).toBe(join('/run/dir', file));
    }),
  );
});

test('an unknown server comes with the nearest known one', () => {
  expect(unknownServerProblem('mem', ['github', 'mem0']).next).toContain('mem0');
  expect(unknownServerProblem('zzz', ['github', 'mem0']).next).toContain('mcp list');
});
