/**
 * Turns a costly look at the whole machine into one that is shared: the result is of a moment after the call, and whoever
 * asks before that moment gets the same. At most half the time goes into looking, however many ask.
 */
export function shared<T>(look: () => T): () => Promise<T> {
  let pending: Promise<T> | null = null;
  let notBefore = 0;
  const lookNow = (): T => {
    pending = null;
    const began = performance.now();
    try {
      return look();
    } finally {
      const ended = performance.now();
      notBefore = ended + (ended - began);
    }
  };
  return () => {
    pending ??= new Promise<T>((resolve, reject) => {
      const settle = (): void => {
        try {
          resolve(lookNow());
        } catch (error) {
          reject(error);
        }
      };
      const wait = notBefore - performance.now();
      // Those who ask in the same turn of the event loop are served together.
      if (wait > 0) setTimeout(settle, wait);
      else setImmediate(settle);
    });
    return pending;
  };
}
