import { once } from 'node:events';

/** If nothing continued us within this time, the stop was refused (nobody is there to continue an orphaned process group). */
const REFUSED_MS = 500;

/**
 * Stops the whole process group, as the kernel does for Ctrl-Z outside of raw mode, so that the shell of an `npm start` notices as
 * well; settles when it is continued.
 */
export async function stopProcessGroup(): Promise<void> {
  const abort = new AbortController();
  const continued = once(process, 'SIGCONT', { signal: abort.signal }).catch(() => {});
  process.kill(0, 'SIGTSTP');
  const refused = new Promise<void>((resolve) => setTimeout(resolve, REFUSED_MS));
  await Promise.race([continued, refused]);
  abort.abort();
}
