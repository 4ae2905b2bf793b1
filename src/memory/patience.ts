import { setTimeout as delay } from 'node:timers/promises';
import { isBusy } from './sqlite-error.ts';

/** How long a request waits for other processes that write to the same file. Milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Runs `work`, and again while another process holds the database, without holding up other requests in between.
 * The pauses are uneven, so that two that wait do not meet again and again.
 */
export async function patiently<T>(work: () => T): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
    }
    await delay(5 + Math.random() * 45);
  }
}
