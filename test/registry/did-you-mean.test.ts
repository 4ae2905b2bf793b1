import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { didYouMean, editDistance } from '../../src/registry/did-you-mean.ts';

describe('didYouMean', () => {
  const keys = ['command', 'port', 'env', 'env_file', 'health_check', 'autostart', 'transport'];

  test.each([
    ['comand', 'command'],
    ['prot', 'port'],
    ['envFile', 'env_file'],
    ['healthcheck', 'health_check'],
    ['AutoStart', 'autostart'],
    ['trans', 'transport'],
    ['evn', 'env'],
  ])('%s means %s', (word, meant) => {
    expect(didYouMean(word, keys)).toBe(meant);
  });

  test.each(['', 'x', 'colour', 'zzzzzzzz', 'a'.repeat(5_000)])('%j means none of them', (word) => {
    expect(didYouMean(word, keys)).toBeNull();
  });

  test('the nearest wins, and the word itself is no suggestion', () => {
    expect(didYouMean('mem1', ['mem22', 'mem0', 'mem1'])).toBe('mem0');
  });
});

test('edit distance is a distance: zero for equal words only, symmetric, bounded by the longer word', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b);
      expect(distance === 0).toBe(a === b);
      expect(editDistance(b, a)).toBe(distance);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
