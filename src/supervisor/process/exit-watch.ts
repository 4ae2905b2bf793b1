import { closeSync, openSync, readSync } from 'node:fs';
import { type ProcessIdentity, verify } from './identity.ts';
import { isDead, parseStat } from './proc-stat.ts';

interface Watched {
  readonly identity: ProcessIdentity;
  /** Descriptor of /proc/PID/stat, which stays with the process and not with the pid; null where none could be had. */
  readonly fd: number | null;
  readonly onGone: () => void;
}

/** Shortest time between two looks at every watched process, in milliseconds. */
const TICK_MS = 50;
/** More processes stretch the tick, so that looking stays at about 1 % of a core (6 µs each). */
const TICK_MS_PER_PROCESS = 0.5;

/**
 * Notices the end of processes that are not our children (R8). Reading a held-open /proc/PID/stat fails once its
 * process is gone, whoever has the pid by then. One unreferenced timer for all, none while nothing is watched.
 */
export class ExitWatch {
  #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | null = null;

  /**
   * Calls `onGone` once, never from within this call: at the next tick when the process is gone, reused or foreign
   * already. Watching the same launch again replaces the callback.
   */
  watch(identity: ProcessIdentity, onGone: () => void): void {
    this.unwatch(identity);
    this.#watched.set(identity.nonce, { identity, fd: hold(identity), onGone });
    this.#arm();
  }

  unwatch(identity: ProcessIdentity): void {
    const watched = this.#watched.get(identity.nonce);
    if (!watched) return;
    this.#watched.delete(identity.nonce);
    if (watched.fd !== null) closeSync(watched.fd);
    if (this.#watched.size === 0) this.close();
  }

  /** Forgets everything that is watched. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    for (const { identity } of this.#watched.values()) this.unwatch(identity);
  }

  #arm(): void {
    if (this.#timer || this.#watched.size === 0) return;
    this.#timer = setTimeout(() => this.#tick(), Math.max(TICK_MS, this.#watched.size * TICK_MS_PER_PROCESS)).unref();
  }

  #tick(): void {
    this.#timer = null;
    const gone = [...this.#watched.values()].filter((watched) => !isThere(watched));
    for (const { identity } of gone) this.unwatch(identity);
    this.#arm();
    for (const { onGone } of gone) onGone();
  }
}

function hold(identity: ProcessIdentity): number | null {
  let fd: number;
  try {
    fd = openSync(`/proc/${identity.pid}/stat`, 'r');
  } catch {
    return null;
  }
  // Only what is verified after opening is known to be what the descriptor is bound to.
  if (mayBe(identity)) return fd;
  closeSync(fd);
  return null;
}

const buffer = Buffer.alloc(1024);

function isThere({ identity, fd }: Watched): boolean {
  if (fd === null) return mayBe(identity);
  try {
    const stat = parseStat(buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0)));
    return stat !== null && !isDead(stat);
  } catch {
    return false;
  }
}

/** A process that is only hard to recognise has not ended. */
function mayBe(identity: ProcessIdentity): boolean {
  const liveness = verify(identity);
  return liveness === 'alive' || liveness === 'unknown';
}
