import { expect, it } from 'vitest';
import { isOlder } from '../../src/cli/older-supervisor.ts';

it.each([
  ['0.1.0', '0.1.1', true],
  ['0.1.9', '0.1.10', true],
  ['0.9.0', '1.0.0', true],
  ['0.1.0', '0.1.0', false],
  ['0.2.0', '0.1.9', false],
  ['1.0.0-beta.1', '1.0.0', false],
])('%s is older than %s: %s', (version, than, older) => {
  expect(isOlder(version, than)).toBe(older);
});
