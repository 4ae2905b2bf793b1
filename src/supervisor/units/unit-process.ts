import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { StdioChannel } from '../../protocol/stdio-channel.ts';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import { maskInline } from '../../registry/mask.ts';
import type { Problem } from '../../registry/problem.ts';
import type { ExitView } from '../api.ts';
import { appendMark, appendMarks, openLog } from '../logs/log-file.ts';
import { exitView, readExitRecord } from '../process/exit-record.ts';
import type { ExitWatch } from '../process/exit-watch.ts';
import type { ProcessIdentity } from '../process/identity.ts';
import { launch } from '../process/launch.ts';
import { portHolder, probePort } from '../process/ports.ts';
import { terminate } from '../process/terminate.ts';
import { nextNonces } from '../process/tree.ts';
import type { Blocker } from '../unit.ts';

export type LaunchOutcome =
  | { readonly ok: true; readonly identity: ProcessIdentity }
  | { readonly ok: false; readonly problem: Problem; readonly blocker: Blocker | null };

export interface LaunchPlaces {
  readonly logPath: string;
  readonly errorLogPath: string | null;
  readonly exitFile: string;
}

/** One launched or adopted process tree of a unit, from spawn to the last process of it. */
export class UnitProcess {
  readonly nonce: string;
  readonly #places: LaunchPlaces;
  readonly #watch: ExitWatch;
  #identity: ProcessIdentity | null = null;
  #child: ChildProcess | null = null;
  #exit: ExitView | null = null;
  #stopRequested = false;
  /** The protocol of a stdio child; null for everything else. */
  channel: StdioChannel | null = null;
  onExit: (exit: ExitView) => void = () => undefined;

  constructor(nonce: string, places: LaunchPlaces, watch: ExitWatch) {
    this.nonce = nonce;
    this.#places = places;
    this.#watch = watch;
  }

  get identity(): ProcessIdentity | null {
    return this.#identity;
  }

  /** Spawns it (R4, R6, R7). The caller has put the intent on disk. */
  async launch(spec: LaunchSpec): Promise<LaunchOutcome> {
    const busy = await portTrouble(spec);
    if (busy) return { ok: false, problem: busy, blocker: 'port' };
    const log = openLog(this.#places.logPath);
    if (!log.ok) return { ok: false, problem: log.problem, blocker: 'runtime' };
    const errorLog = this.#places.errorLogPath ? openLog(this.#places.errorLogPath) : null;
    if (errorLog && !errorLog.ok) {
      closeSync(log.value.fd);
      return { ok: false, problem: errorLog.problem, blocker: 'runtime' };
    }
    appendMark(this.#places.logPath, 'starting');
    try {
      const launched = await launch({
        spec,
        nonce: this.nonce,
        exitFile: this.#places.exitFile,
        stdio: spec.transport === 'stdio' ? 'piped' : 'detached',
        outputFd: log.value.fd,
        errorFd: errorLog?.value.fd ?? log.value.fd,
      });
      if (!launched.ok) return { ok: false, problem: launched.problem, blocker: launched.retry ? null : 'path' };
      this.#identity = launched.identity;
      this.#child = launched.child;
      this.#attach(launched.child, spec);
      appendMark(this.#places.logPath, `started pid ${launched.pid}`);
      return { ok: true, identity: launched.identity };
    } finally {
      closeSync(log.value.fd);
      if (errorLog) closeSync(errorLog.value.fd);
    }
  }

  /** Takes over a process that an earlier supervisor started (R9). `onExit` is never called from within this call. */
  adopt(identity: ProcessIdentity): void {
    this.#identity = identity;
    this.#watch.watch(identity, () => this.#ended(null, null));
  }

  /** Ends the whole tree (R5); resolves when nothing of it is left. Safe to call when it has ended by itself. */
  async terminate(
    stop: LaunchSpec['stop'],
    onKillAt: (at: number) => void,
  ): Promise<{
    readonly signalled: readonly { pid: number; signal: string }[];
    readonly survivors: readonly number[];
  }> {
    this.#stopRequested = true;
    this.channel?.close();
    const identity = this.#identity;
    if (!identity) return { signalled: [], survivors: [] };
    if (this.#exit && groupIsEmpty(identity.pid) && !(await nextNonces()).has(this.nonce)) {
      return { signalled: [], survivors: [] };
    }
    const ended = await terminate(identity, { signal: stop.signal, graceMs: stop.graceMs, onKillAt });
    this.#watch.unwatch(identity);
    return ended;
  }

  /** Lets go without touching it: it lives on and is adopted by the next supervisor. */
  release(): void {
    if (this.#identity) this.#watch.unwatch(this.#identity);
    this.#child?.removeAllListeners();
    this.#child = null;
  }

  #attach(child: ChildProcess, spec: LaunchSpec): void {
    if (spec.transport === 'stdio' && child.stdin && child.stdout) {
      const pipes = { stdin: child.stdin, stdout: child.stdout };
      this.channel = new StdioChannel(pipes, { maxMessageBytes: spec.limits.bytes });
      this.channel.onNoise((lines) => {
        const marks = lines.map((line) => `stdout, not JSON-RPC: ${line}`);
        appendMarks(this.#places.logPath, marks);
      });
    }
    child.on('exit', (code, signal) => this.#ended(code, signal));
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#exit) return;
    const recorded = readExitRecord(this.#places.exitFile);
    const seen = recorded ? { code: recorded.code, signal: null } : { code, signal };
    const exit = exitView({ ...seen, requested: this.#stopRequested, at: recorded?.at ?? Date.now() });
    this.#exit = exit;
    appendMark(this.#places.logPath, `ended: ${exit.text}`);
    this.onExit(exit);
  }
}

export function exitFilePath(runtimeDir: string, server: string): string {
  return join(runtimeDir, `${server}.exit`);
}

/** R10: is the port free before we start? The truth is who listens afterwards (R11). */
async function portTrouble(spec: LaunchSpec): Promise<Problem | null> {
  if (spec.port === null || spec.transport === 'stdio' || spec.transport === 'remote') return null;
  if ((await probePort(spec.port)) === 'free') return null;
  const holder = portHolder(spec.port);
  return {
    what: `port ${spec.port} is in use`,
    ...(holder ? { holder: describeHolder(holder) } : {}),
    next: `stop that process, or change "port" of ${spec.name}; it starts by itself once the port is free`,
  };
}

export function describeHolder(holder: {
  readonly pid: number | null;
  readonly command: string | null;
  readonly user: string;
}): string {
  if (holder.pid === null) return `held by a process of ${holder.user}`;
  return `held by pid ${holder.pid}${holder.command ? `: ${maskInline(holder.command)}` : ''}, user ${holder.user}`;
}

function groupIsEmpty(pgid: number): boolean {
  try {
    process.kill(-pgid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
