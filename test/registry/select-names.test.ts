import { describe, expect, test } from 'vitest';
import { parseRegistry } from '../../src/registry/read-registry.ts';
import { selectNames } from '../../src/registry/select-names.ts';

const state = parseRegistry(
  JSON.stringify({
    mem0: { command: 'x', profile: ['work', 'home'] },
    broken: { port: 'x' },
    github: { url: 'https://x', profile: 'work' },
  }),
  'r.json',
);

describe('which servers the words of a command line mean', () => {
  test.each([
    [['mem0'], ['mem0']],
    [
      ['github', 'mem0', 'github'],
      ['github', 'mem0'],
    ],
    [['all'], ['mem0', 'broken', 'github', 'stray']],
    [['broken'], ['broken']],
    [['stray'], ['stray']],
    [['@work'], ['mem0', 'github']],
    [
      ['@home', '@work'],
      ['mem0', 'github'],
    ],
    [
      ['github', 'all'],
      ['github', 'mem0', 'broken', 'stray'],
    ],
    [[], []],
  ])('%j: %j', (args, names) => {
    expect(selectNames(args, state, ['stray', 'mem0'])).toEqual({ names, unknown: [] });
  });

  test('unknown words come with the nearest known one', () => {
    expect(selectNames(['mem', 'zzz', '@wrk', 'Github', 'zzz'], state)).toEqual({
      names: [],
      unknown: [
        { name: 'mem', suggestion: 'mem0' },
        { name: 'zzz' },
        { name: '@wrk', suggestion: '@work' },
        { name: 'Github', suggestion: 'github' },
      ],
    });
  });

  test('"all" of nothing is nothing, and no mistake', () => {
    expect(selectNames(['all'], { entries: [] })).toEqual({ names: [], unknown: [] });
  });
});
