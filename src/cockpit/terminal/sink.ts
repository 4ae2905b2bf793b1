import { closeSync, constants, openSync, writeSync } from 'node:fs';

/** Where bytes for a terminal go. */
export interface Sink {
  /**
   * Takes what it can of `bytes` from `from` on, without waiting, and says how much that was.
   * @throws Error with code EAGAIN when it can take nothing now; with any other code when the terminal is gone.
   */
  write(bytes: Uint8Array, from: number): number;
  close(): void;
}

/**
 * A terminal as our own, non-blocking file. Node writes to a terminal synchronously: one that stops reading (a stalled SSH link, a
 * suspended tmux client) would stop the whole process. `O_NONBLOCK` on the shared descriptor would change it for the shell as well,
 * so the device is opened anew; where that is refused, the shared descriptor is what is left.
 */
export function terminalSink(fd: number): Sink {
  const own = openDevice(fd);
  return {
    write: (bytes, from) => writeSync(own ?? fd, bytes, from),
    close: () => {
      if (own !== null) closeSync(own);
    },
  };
}

function openDevice(fd: number): number | null {
  for (const path of [`/proc/self/fd/${fd}`, '/dev/tty']) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch {
      // Not on this system, or the terminal belongs to another user (su): the next way.
    }
  }
  return null;
}
