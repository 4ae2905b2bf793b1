import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../helpers/root.ts';
import { missesOf, type Requirements, runClientSuite, scoredScenarios } from './suite.ts';

const command = `"${process.execPath}" "${path.join(root, 'test/fixtures/conformance/client.ts')}"`;

/** All that is scored for a revision but OAuth, which we do not speak: servers get the headers their entry names. */
async function ours(requirements: Requirements): Promise<string[]> {
  return (await scoredScenarios('client', requirements)).filter((name) => !name.startsWith('auth/'));
}

describe.each([
  { requirements: '2025-11-25', count: 4 },
  { requirements: '2026-07-28', count: 7 },
] as const)('our connector as a client of $requirements', async ({ requirements, count }) => {
  const names = await ours(requirements);

  test(`there are ${count} scenarios`, () => expect(names).toHaveLength(count));

  test.each(names)('%s', async (name) => {
    expect(missesOf([await runClientSuite({ command, requirements, scenario: name })])).toEqual([]);
  });
});
