import type { Rules } from './unit.ts';

/** Milliseconds before retry number `streak`: the first at once, then initial × factor^n up to the cap, ±20 %. */
export function retryDelay(
  streak: number,
  rules: Pick<Rules, 'initialMs' | 'maxMs' | 'factor'>,
  random: number,
): number {
  if (streak <= 1) return 0;
  const plain = Math.min(rules.maxMs, rules.initialMs * rules.factor ** (streak - 2));
  return Math.round(plain * (0.8 + 0.4 * random));
}
