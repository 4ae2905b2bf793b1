import { describe, expect, test } from 'vitest';
import { killMidStart } from './kill-mid-start.ts';
import { chosenSeed, randomOf } from './random.ts';
import { randomOperations } from './random-operations.ts';

/** `npm run chaos` asks for more. */
const rounds = Number(process.env.MCP_CHAOS_ROUNDS ?? 10);
const operations = Number(process.env.MCP_CHAOS_OPERATIONS ?? 15);
const seed = chosenSeed();
const guardMs = 60_000 + 5_000 * Math.max(rounds, operations);

describe('at random moments', () => {
  test(
    `F1 kill -9 of the supervisor in the middle of a start, ${rounds} times, seed ${seed}: nothing is lost, nothing doubled`,
    async () => {
      expect(await killMidStart(rounds, randomOf(seed))).toMatchObject({ rounds });
    },
    guardMs,
  );

  test(
    `F2 F4 ${operations} random commands, crashes and deaths of the supervisor, seed ${seed}: everything is as it was last wanted`,
    async () => {
      await randomOperations(operations, randomOf(seed));
    },
    guardMs,
  );
});
