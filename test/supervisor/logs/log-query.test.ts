import { expect, test } from 'vitest';
import type { LogLevel } from '../../../src/supervisor/api.ts';
import { compileQuery, type LogQuery } from '../../../src/supervisor/logs/log-query.ts';

function query(text: string, minimum: LogLevel | null = null): LogQuery {
  const compiled = compileQuery(text, minimum);
  if (!compiled.ok) throw new Error(compiled.problem.what);
  return compiled.value;
}

test.each([
  ['', 'anything', true],
  ['error', 'an ERROR', true],
  ['Error', 'an ERROR', false],
  ['Error', 'an Error', true],
  ['!error', 'an ERROR', false],
  ['!error', 'all well', true],
  ['!', 'wow!', true],
  ['!', 'calm', false],
  ['a.c', 'abc', false],
  ['[x](y)', 'see [x](y)', true],
  ['/a.c/', 'ABC', true],
  ['/A.c/', 'abc', false],
  ['/A.c/i', 'abc', true],
  ['/\\S+@\\S+/', 'MAIL a@b', true],
  ['!/^\\d/', '1 line', false],
  ['/mcp', 'GET /mcp', true],
  ['/', 'a/b', true],
])('%j in %j: %s', (text, plain, found) => {
  const compiled = query(text);
  expect(compiled.matches({ plain, level: null })).toBe(found);
  expect(compiled.matches({ plain, level: null })).toBe(found);
});

test('every match of a line is found, for highlighting', () => {
  expect(query('ab').ranges('ab AB xab')).toEqual([
    [0, 2],
    [3, 5],
    [7, 9],
  ]);
  expect(query('!ab').ranges('ab')).toEqual([]);
  expect(query('/x*/').ranges('axxb')).toEqual([[1, 3]]);
});

test('a broken regular expression is explained', () => {
  expect(compileQuery('/a(/')).toMatchObject({ ok: false, problem: { what: expect.stringContaining('/a(/') } });
});

test('a minimum level hides what is less, and lines without a level as if they were info', () => {
  const shown = (minimum: LogLevel) =>
    (['error', 'warn', 'info', null, 'debug'] as const).filter((level) =>
      query('', minimum).matches({ plain: '', level }),
    );
  expect(shown('error')).toEqual(['error']);
  expect(shown('warn')).toEqual(['error', 'warn']);
  expect(shown('info')).toEqual(['error', 'warn', 'info', null]);
  expect(shown('debug')).toEqual(['error', 'warn', 'info', null, 'debug']);
});
