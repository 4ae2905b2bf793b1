import { rmSync } from 'node:fs';
import type { StdioChannel } from '../../protocol/stdio-channel.ts';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import { ProblemError } from '../../registry/problem.ts';
import { logPath } from '../logs/log-file.ts';
import { newNonce } from '../nonce.ts';
import type { UnitHost } from './unit-host.ts';
import { exitFilePath, type LaunchOutcome, UnitProcess } from './unit-process.ts';

/** One more process of a stdio server, beside the unit's own: for one client, or kept ready for the next. */
export class OwnChild {
  readonly spec: LaunchSpec;
  readonly #process: UnitProcess;
  readonly #exitFile: string;
  readonly #launched: Promise<LaunchOutcome>;
  #ended: Promise<void> | null = null;
  #hasExited = false;

  /** @param number tells the exit records of one server's children apart */
  constructor(spec: LaunchSpec, number: number, { runtimeDir, exitWatch, launchSlots }: UnitHost) {
    this.spec = spec;
    // No server can have a name with a tilde in it.
    this.#exitFile = exitFilePath(runtimeDir, `${spec.name}~${number}`);
    const places = { logPath: logPath(runtimeDir, spec.name), errorLogPath: null, exitFile: this.#exitFile };
    this.#process = new UnitProcess(newNonce(runtimeDir, spec.name), places, exitWatch);
    this.#process.onExit = () => {
      this.#hasExited = true;
    };
    this.#launched = launchSlots.run(() => this.#process.launch(spec));
    this.#launched.catch(() => undefined);
  }

  get isUsable(): boolean {
    return !this.#hasExited && this.#ended === null;
  }

  /** @throws ProblemError where it could not be started, or was ended meanwhile */
  async ready(): Promise<{ readonly channel: StdioChannel; readonly pid: number }> {
    const launched = await this.#launched;
    if (!launched.ok) throw new ProblemError(launched.problem);
    const { channel } = this.#process;
    if (!channel || this.#ended) throw new ProblemError({ what: `${this.spec.name} is being stopped` });
    return { channel, pid: launched.identity.pid };
  }

  /** Ends it, also in the middle of its start; resolves when nothing of it is left. */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    await this.#launched.catch(() => undefined);
    await this.#process.terminate(this.spec.stop, () => undefined);
    rmSync(this.#exitFile, { force: true });
  }
}
