import { setTimeout as sleep } from 'node:timers/promises';

const GUARD_MS = 30_000;

/** Resolves with the first truthy answer; rejects when there is none within the guard. For what gives no event. */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  guardMs = GUARD_MS,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + guardMs;
  for (;;) {
    const answer = await look();
    if (answer) return answer as NonNullable<T>;
    if (performance.now() > deadline) throw new Error(`waited ${guardMs / 1000} s in vain: ${what}`);
    await sleep(20);
  }
}

/** Alive, and not merely a zombie that waits to be reaped. */
export async function isAlive(pid: number): Promise<boolean> {
  const { readStat } = await import('../../src/supervisor/process/identity.ts');
  const stat = readStat(pid);
  return stat !== null && stat.state !== 'Z' && stat.state !== 'X';
}
