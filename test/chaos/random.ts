/** Randomness that can be repeated: the same seed gives the same numbers. */
export interface Random {
  readonly seed: number;
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
  /** Some of them, at least one. */
  some<T>(from: readonly T[]): T[];
}

/** mulberry32: 32 bits of state, good enough to choose moments and commands. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = <T>(from: readonly T[]): T => {
    const chosen = from[below(from.length)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  };
  return {
    seed,
    next,
    below,
    pick,
    some: (from) => {
      const chosen = from.filter(() => next() < 0.5);
      return chosen.length > 0 ? chosen : [pick(from)];
    },
  };
}

/** `MCP_CHAOS_SEED`, or one by the clock; whoever takes it prints it. */
export function chosenSeed(env: NodeJS.ProcessEnv = process.env): number {
  const given = Number(env.MCP_CHAOS_SEED);
  return env.MCP_CHAOS_SEED !== undefined && Number.isInteger(given) ? given >>> 0 : Date.now() % 1_000_000;
}
