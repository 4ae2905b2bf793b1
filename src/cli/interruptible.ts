import type { Io } from './context.ts';

export const INTERRUPTED = Symbol('interrupted');

/** What the work resolves to, or {@link INTERRUPTED} at the first Ctrl-C; the work itself is not cancelled by it. */
export async function interruptible<T>(io: Pick<Io, 'on' | 'off'>, work: Promise<T>): Promise<T | typeof INTERRUPTED> {
  const interrupted = Promise.withResolvers<typeof INTERRUPTED>();
  const onInterrupt = () => interrupted.resolve(INTERRUPTED);
  io.on('SIGINT', onInterrupt);
  try {
    return await Promise.race([work, interrupted.promise]);
  } finally {
    io.off('SIGINT', onInterrupt);
    // Where the interruption came first, the connection that is closed next fails the work that nobody waits for any more.
    work.catch(() => {});
  }
}
