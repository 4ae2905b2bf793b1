import { setTimeout as delay } from 'node:timers/promises';
import { aliveStat, isOfHere, type ProcessIdentity, readNonce, verify } from './identity.ts';
import type { ProcStat } from './proc-stat.ts';
import { processTable } from './process-table.ts';
import { missedByLateChildren, recordedCommand } from './recorder.ts';
import { groupIsOurs, nextScan, type Ownership, ownership, type Scan } from './scan.ts';

export interface TerminateOptions {
  /** What asks the group to end. */
  readonly signal: NodeJS.Signals;
  /** How long it may take before SIGKILL follows, in milliseconds. */
  readonly graceMs: number;
  /** Told at once, and again if a later call shortens it: when SIGKILL will follow, in milliseconds since the epoch. */
  readonly onKillAt?: (at: number) => void;
}

export interface Termination {
  /** Which process was sent which signal, in order. */
  readonly signalled: readonly { readonly pid: number; readonly signal: NodeJS.Signals }[];
  /** What still runs: not ours to signal, or beyond the reach of SIGKILL. Empty: the tree is empty. */
  readonly survivors: readonly number[];
}

/** How long those who left the group have between SIGTERM and SIGKILL. */
const STRAY_GRACE_MS = 2000;
/** How long after SIGKILL a process is waited for (it may be stuck in the kernel) before it counts as a survivor. */
const KILL_PATIENCE_MS = 5000;
/** Pauses between looks at the group; the last one repeats. */
const LOOK_MS = [2, 5, 10, 25];
/**
 * Whether the group exists is one system call; who is in it (only zombies? one who missed the signal?) takes a scan, so
 * that is asked early once, and then at every so many looks.
 */
const FIRST_SCAN = 4;
const LOOKS_PER_SCAN = 8;

const running = new Map<string, Stop>();

/**
 * Ends a launch: resolves when its *tree* is empty, not when the leader is gone (R5). Asks the group, kills it after the
 * grace time, then sweeps those who left the group. Everything is identified again right before it is signalled; what
 * is foreign, reused or of an earlier boot is never touched. A second call for the same launch joins the first and can
 * only shorten its grace time. Never rejects.
 */
export function terminate(identity: ProcessIdentity, options: TerminateOptions): Promise<Termination> {
  const joined = running.get(identity.nonce);
  if (joined) {
    joined.hasten(options);
    return joined.done;
  }
  const stop = new Stop(identity, options);
  running.set(identity.nonce, stop);
  return stop.done.finally(() => running.delete(identity.nonce));
}

class Stop {
  readonly done: Promise<Termination>;
  readonly #identity: ProcessIdentity;
  readonly #signalled: { pid: number; signal: NodeJS.Signals }[] = [];
  /** Members of the tree seen so far, pid to start, so that they are known when their parents are gone. */
  readonly #kin = new Map<number, number>();
  /** Members that were between fork and exec when they were signalled, pid to start. */
  readonly #unborn = new Map<number, number>();
  /** On the monotonic clock. */
  #killAt = Number.POSITIVE_INFINITY;

  constructor(identity: ProcessIdentity, options: TerminateOptions) {
    this.#identity = identity;
    this.hasten(options);
    this.done = this.#run(options.signal);
  }

  hasten({ graceMs, onKillAt }: TerminateOptions): void {
    const now = performance.now();
    this.#killAt = Math.min(this.#killAt, now + graceMs);
    onKillAt?.(Math.round(Date.now() + this.#killAt - now));
  }

  async #run(signal: NodeJS.Signals): Promise<Termination> {
    if (!isOfHere(this.#identity)) return { signalled: [], survivors: [] };

    let { owned, sent } = await this.#ask(signal);
    if (sent) {
      owned = await this.#groupEmptied(signal, () => this.#killAt);
      const patience = performance.now() + KILL_PATIENCE_MS;
      if (this.#signalGroup(owned.group, 'SIGKILL')) owned = await this.#groupEmptied('SIGKILL', () => patience);
    }
    owned = await this.#sweep(owned);

    const left = [...owned.group, ...owned.strays].map((stat) => stat.pid);
    // It may be the leader, with its environment overwritten: not to be signalled, yet not gone either.
    if (verify(this.#identity) === 'unknown') left.push(this.#identity.pid);
    return { signalled: this.#signalled, survivors: [...new Set(left)] };
  }

  /** Who was in the group when it was looked at may have left it before it is signalled: then it is looked at again. */
  async #ask(signal: NodeJS.Signals): Promise<{ owned: Ownership; sent: boolean }> {
    for (const pause of LOOK_MS) {
      const owned = this.#owned(await nextScan());
      const sent = this.#signalGroup(owned.group, signal);
      if (sent || owned.group.length === 0) return { owned, sent };
      await delay(pause);
    }
    return { owned: this.#owned(await nextScan()), sent: false };
  }

  #owned(seen: Scan): Ownership {
    const owned = ownership(seen, this.#identity, verify(this.#identity) === 'alive', this.#kin);
    for (const { pid, startTicks } of [...owned.group, ...owned.strays]) this.#kin.set(pid, startTicks);
    return owned;
  }

  /** False when nobody was signalled. */
  #signalGroup(members: readonly ProcStat[], signal: NodeJS.Signals): boolean {
    if (members.length === 0 || !groupIsOurs(this.#identity, members)) return false;
    for (const member of members) this.#noteUnborn(member);
    const sent = send(-this.#identity.pid, signal);
    if (sent) for (const { pid } of members) this.#signalled.push({ pid, signal });
    return sent;
  }

  async #groupEmptied(signal: NodeJS.Signals, deadline: () => number): Promise<Ownership> {
    let owned: Ownership;
    for (let look = 1; ; look++) {
      const left = deadline() - performance.now();
      await delay(Math.max(0, Math.min(left, LOOK_MS[look - 1] ?? LOOK_MS.at(-1) ?? 0)));
      const late = deadline() <= performance.now();
      const scanNow = late || look % LOOKS_PER_SCAN === FIRST_SCAN;
      if (!scanNow && exists(-this.#identity.pid)) continue;
      owned = this.#owned(await nextScan());
      if (late || owned.group.length === 0) return owned;
      this.#repeatToLateBorn(owned.group, signal);
    }
  }

  /**
   * A recorder that was signalled right before it starts its command still starts it, and between fork and exec the command
   * takes the signal with the recorder's handler: either way it never learns of it, unless it is told again.
   */
  #repeatToLateBorn(members: readonly ProcStat[], signal: NodeJS.Signals): void {
    for (const member of members) {
      const told = this.#signalled.some(({ pid }) => pid === member.pid);
      const missed = told
        ? this.#unborn.get(member.pid) === member.startTicks && !isRecorder(member.pid)
        : missedByLateChildren(processTable.argv(member.ppid));
      if (!missed) continue;
      this.#noteUnborn(member);
      this.#signalOne(member, signal);
    }
  }

  #noteUnborn({ pid, startTicks }: ProcStat): void {
    if (pid !== this.#identity.pid && isRecorder(pid)) this.#unborn.set(pid, startTicks);
    else this.#unborn.delete(pid);
  }

  async #sweep(first: Ownership): Promise<Ownership> {
    const began = performance.now();
    const sent = new Set<string>();
    for (let owned = first; ; owned = this.#owned(await nextScan())) {
      const age = performance.now() - began;
      if (owned.strays.length === 0 || age > STRAY_GRACE_MS + KILL_PATIENCE_MS) return owned;
      const signal = age < STRAY_GRACE_MS ? 'SIGTERM' : 'SIGKILL';
      for (const stray of owned.strays) {
        const key = `${signal} ${stray.pid} ${stray.startTicks}`;
        if (!sent.has(key)) this.#signalOne(stray, signal);
        sent.add(key);
      }
      await delay(LOOK_MS.at(-1));
    }
  }

  #signalOne({ pid, startTicks }: ProcStat, signal: NodeJS.Signals): void {
    if (aliveStat(pid)?.startTicks !== startTicks) return;
    const nonce = readNonce(pid);
    if (nonce !== this.#identity.nonce && this.#kin.get(pid) !== startTicks) return;
    if (send(pid, signal)) this.#signalled.push({ pid, signal });
  }
}

/** Also true of the copy of a recorder that is about to become the command. */
function isRecorder(pid: number): boolean {
  return recordedCommand(processTable.argv(pid)) !== null;
}

/** Sends a signal and wakes whoever is stopped, who could not act on it otherwise. False: nobody there, or not allowed. */
function send(target: number, signal: NodeJS.Signals): boolean {
  const sent = kill(target, signal);
  if (sent) kill(target, 'SIGCONT');
  return sent;
}

function kill(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

/** Zombies count as existing here. */
function exists(target: number): boolean {
  try {
    process.kill(target, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
