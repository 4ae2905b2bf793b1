import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { direct, type FixtureName, type ThroughHub, throughHub } from './subjects.ts';
import { missesOf, passedOf, type Requirements, runServerSuite } from './suite.ts';

const SCORED: Readonly<Record<Requirements, number>> = { '2025-11-25': 30, '2026-07-28': 37 };

/** Checks that a legacy server behind a modern front fails, and why. */
const UNTRANSLATED: Readonly<Record<string, string>> = {
  'sep-2322-elicitation-incomplete': 'wants the key "user_name": a request of the legacy era has no name',
  'sep-2575-server-rejects-undeclared-capability': 'the server answers with an error of its own, which passes as it is',
  'sep-2575-missing-capability-http-400': 'follows from the one before',
};
const TRANSLATED_SCENARIOS = 35;

describe('the fixtures themselves', () => {
  test.each<[FixtureName, Requirements]>([
    ['legacy', '2025-11-25'],
    ['dual', '2025-11-25'],
    ['dual', '2026-07-28'],
  ])('the %s server passes %s', async (name, requirements) => {
    await using server = await direct(name);
    await expectAll(server.url, requirements);
  });
});

describe('through the hub', () => {
  let hub: ThroughHub;
  beforeAll(async () => {
    hub = await throughHub();
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  test.each<[FixtureName, Requirements]>([
    ['legacy', '2025-11-25'],
    ['dual', '2025-11-25'],
    ['dual', '2026-07-28'],
  ])('a %s server passes %s', async (name, requirements) => {
    await expectAll(hub.url(`/${name}/mcp`), requirements);
  });

  test.each<[FixtureName, Requirements]>([
    ['legacy', '2025-11-25'],
    ['dual', '2025-11-25'],
    ['dual', '2026-07-28'],
  ])('a gateway in front of a %s server passes %s', async (name, requirements) => {
    await expectAll(hub.url(`/@${name}/mcp`), requirements);
  });

  test('a legacy server passes all of 2026-07-28 that can be translated', async () => {
    const scenarios = await runServerSuite({ url: hub.url('/legacy/mcp'), requirements: '2026-07-28' });
    const known = Object.keys(UNTRANSLATED);
    expect(missesOf(scenarios).filter((miss) => !known.some((id) => miss.includes(`: ${id}: `)))).toEqual([]);
    expect(passedOf(scenarios).length).toBeGreaterThanOrEqual(TRANSLATED_SCENARIOS);
  });
});

async function expectAll(url: string, requirements: Requirements): Promise<void> {
  const scenarios = await runServerSuite({ url, requirements });
  expect(missesOf(scenarios)).toEqual([]);
  expect(passedOf(scenarios)).toHaveLength(SCORED[requirements]);
}
