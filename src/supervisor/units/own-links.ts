import { rmSync } from 'node:fs';
import type { JsonObject } from '../../protocol/json-rpc.ts';
import { connectPeer, type Peer } from '../../protocol/peer.ts';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import { ProblemError } from '../../registry/problem.ts';
import { logPath } from '../logs/log-file.ts';
import { newNonce } from '../nonce.ts';
import type { OwnLink } from '../server-access.ts';
import { connectionTarget } from './spec.ts';
import type { UnitHost } from './unit-host.ts';
import { exitFilePath, UnitProcess } from './unit-process.ts';

export interface OwnLinkOptions {
  /** As the client sent them; then the server is greeted as a legacy one. */
  readonly initializeParams?: JsonObject;
  /** For launch and handshake. Milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * The connections to one unit that are for single clients: another child of a stdio server, another session of one that
 * serves many itself. They live no longer than the unit. Children carry the server's nonce, so that whatever a death of
 * the supervisor leaves of them is found and ended by the next.
 */
export class OwnLinks {
  readonly #name: string;
  readonly #host: UnitHost;
  readonly #closing = new Set<() => Promise<void>>();
  #count = 0;

  constructor(name: string, host: UnitHost) {
    this.#name = name;
    this.#host = host;
  }

  async open(spec: LaunchSpec, options: OwnLinkOptions): Promise<OwnLink> {
    return spec.transport === 'stdio' ? await this.#child(spec, options) : await this.#session(spec, options);
  }

  /** Ends every one; resolves when no process of them is left. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#closing].map((close) => close()));
  }

  async #session(spec: LaunchSpec, options: OwnLinkOptions): Promise<OwnLink> {
    const target = connectionTarget(spec, null);
    if (!target) throw new ProblemError({ what: `${spec.name} has no address` });
    const peer = await connectPeer(target, connectOptions(spec, options));
    return this.#own(peer, null, () => peer.close());
  }

  async #child(spec: LaunchSpec, options: OwnLinkOptions): Promise<OwnLink> {
    const { runtimeDir, exitWatch, launchSlots } = this.#host;
    this.#count += 1;
    // No server can have a name with a tilde in it.
    const exitFile = exitFilePath(runtimeDir, `${this.#name}~${this.#count}`);
    const places = { logPath: logPath(runtimeDir, this.#name), errorLogPath: null, exitFile };
    const process = new UnitProcess(newNonce(runtimeDir, this.#name), places, exitWatch);
    const end = async (): Promise<void> => {
      await process.terminate(spec.stop, () => undefined);
      rmSync(exitFile, { force: true });
    };
    // From here on whoever ends the unit ends this too, also in the middle of its start.
    const forget = this.#remember(end);
    try {
      const launched = await launchSlots.run(() => process.launch(spec));
      if (!launched.ok) throw new ProblemError(launched.problem);
      const { channel } = process;
      if (!channel) throw new ProblemError({ what: `${this.#name} has no pipes` });
      const peer = await connectPeer({ kind: 'stdio', channel }, connectOptions(spec, options));
      return this.#own(peer, launched.identity.pid, async () => {
        await end();
        forget();
      });
    } catch (error) {
      await end();
      forget();
      throw error;
    }
  }

  #own(peer: Peer, pid: number | null, end: () => Promise<void>): OwnLink {
    let ended: Promise<void> | null = null;
    const close = (): Promise<void> => {
      ended ??= end().finally(() => forget());
      return ended;
    };
    const forget = this.#remember(close);
    peer.onClosed(() => void close());
    return {
      pid,
      era: peer.era,
      revision: peer.revision,
      capabilities: peer.capabilities,
      greeting: peer.greeting,
      exchange: (method, params, more) => peer.exchange(method, params, more),
      notify: (method, params) => peer.notify(method, params),
      onNotification: (listener) => peer.onNotification(listener),
      onQuestion: (handler) => peer.onQuestion(handler),
      listen: () => peer.listen(),
      onClosed: (listener) => peer.onClosed(listener),
      close,
    };
  }

  #remember(close: () => Promise<void>): () => void {
    this.#closing.add(close);
    return () => this.#closing.delete(close);
  }
}

function connectOptions(spec: LaunchSpec, { initializeParams, timeoutMs, signal }: OwnLinkOptions) {
  return {
    timeoutMs,
    secrets: spec.secrets,
    ...(initializeParams && { era: 'legacy' as const, initializeParams }),
    ...(signal && { signal }),
  };
}
