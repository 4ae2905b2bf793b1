import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandTilde, expandVariables, lookupIn } from '../../src/registry/expand.ts';

const lookup = lookupIn({ HOST: 'example.org', EMPTY: '', TRICKY: '${HOST} $1 $& ~' });

describe('expandVariables', () => {
  test.each([
    ['${HOST}', 'example.org'],
    ['${env:HOST}', 'example.org'],
    ['https://${HOST}/a', 'https://example.org/a'],
    ['${MISSING:-localhost}', 'localhost'],
    ['${MISSING:-}', ''],
    ['${env:MISSING:-x}', 'x'],
    ['${EMPTY:-full}', 'full'],
    ['${EMPTY-full}', ''],
    ['${EMPTY}', ''],
    ['$${HOST}', '${HOST}'],
    ['$HOST ${} ${1} ${a b} $', '$HOST ${} ${1} ${a b} $'],
    ['${TRICKY}', '${HOST} $1 $& ~'],
  ])('%s becomes %s', (text, expanded) => {
    expect(expandVariables(text, lookup)).toEqual({ text: expanded, unset: [] });
  });

  test('names each unset variable once, in order', () => {
    expect(expandVariables('${B}${A}${B}${HOST}', lookup)).toEqual({ text: 'example.org', unset: ['B', 'A'] });
  });

  test('names of inherited properties are no variables', () => {
    expect(expandVariables('${constructor}${__proto__}', lookup).unset).toEqual(['constructor', '__proto__']);
  });

  test('a text without references stays as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes('${'));
        expect(expandVariables(text, lookup)).toEqual({ text, unset: [] });
      }),
    );
  });

  test('whatever a value holds, it arrives unchanged', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, around) => {
        fc.pre(!around.includes('$'));
        expect(expandVariables(`${around}\${X}${around}`, lookupIn({ X: value })).text).toBe(around + value + around);
      }),
    );
  });
});

test('the first environment that has a variable answers', () => {
  const both = lookupIn({ A: '1', C: undefined }, { A: '2', B: '3', C: '4' });
  expect(['A', 'B', 'C', 'D'].map(both)).toEqual(['1', '3', '4', undefined]);
});

test.each([
  ['~', '/home/ann'],
  ['~/x', '/home/ann/x'],
  ['~bob/x', '~bob/x'],
  ['a~/x', 'a~/x'],
])('%s expands to %s', (text, expanded) => {
  expect(expandTilde(text, '/home/ann')).toBe(expanded);
});
