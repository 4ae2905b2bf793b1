import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { direct, type FixtureName, type ThroughHub, throughHub } from './subjects.ts';
import { missesOf, passedOf, type Requirements, runServerSuite } from './suite.ts';

let hub: ThroughHub;
beforeAll(async () => {
  hub = await throughHub();
});
afterAll(() => hub[Symbol.asyncDispose]());

const SCORED: Readonly<Record<Requirements, number>> = { '2025-11-25': 30, '2026-07-28': 37 };

describe('the fixtures themselves', () => {
  test.each<[FixtureName, Requirements]>([
    ['legacy', '2025-11-25'],
    ['dual', '2025-11-25'],
    ['dual', '2026-07-28'],
  ])('the %s server passes %s', async (name, requirements) => {
    await using server = await direct(name);
    await expectScore({ url: server.url, requirements });
  });
});

/** Checks of 2026-07-28 that a legacy server behind us does not pass, and why. */
const UNNAMED = {
  'sep-2322-elicitation-incomplete': 'wants the key "user_name": a request of the legacy era has no name',
};
const UNDECLARED = {
  'sep-2575-server-rejects-undeclared-capability': 'what a client did not declare is refused with another code',
  'sep-2575-missing-capability-http-400': 'follows from the one before',
};

const fromLegacyToModern: Lacks = { scenarios: 2, checks: { ...UNNAMED, ...UNDECLARED } };

describe.each([
  ['through the hub', (name: FixtureName) => `/${name}/mcp`],
  ['through the gateway', (name: FixtureName) => `/@plain-${name}/mcp`],
] as const)('%s', (_, pathOf) => {
  test.each<[FixtureName, Requirements, Lacks | undefined]>([
    ['legacy', '2025-11-25', undefined],
    ['legacy', '2026-07-28', fromLegacyToModern],
    ['dual', '2025-11-25', undefined],
    ['dual', '2026-07-28', undefined],
  ])('a %s server passes %s', async (name, requirements, lacks) => {
    await expectScore({ url: hub.url(pathOf(name)), requirements }, lacks);
  });
});

interface Lacks {
  /** How many scenarios fail by those checks, at most. */
  readonly scenarios: number;
  /** Reasons by check. */
  readonly checks: Readonly<Record<string, string>>;
}

/** Every scored scenario passes but for what is known to be lacking; the suite's ticks count for nothing. */
async function expectScore(
  run: { readonly url: string; readonly requirements: Requirements },
  { scenarios: lacking, checks }: Lacks = { scenarios: 0, checks: {} },
): Promise<void> {
  const scenarios = await runServerSuite(run);
  const known = Object.keys(checks);
  expect(missesOf(scenarios).filter((miss) => !known.some((id) => miss.includes(`: ${id}: `)))).toEqual([]);
  expect(passedOf(scenarios).length).toBeGreaterThanOrEqual(SCORED[run.requirements] - lacking);
}
