import type { JsonObject } from '../../protocol/json-rpc.ts';
import { connectPeer, type Peer } from '../../protocol/peer.ts';
import { timerDelay } from '../../registry/duration.ts';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import { ProblemError } from '../../registry/problem.ts';
import type { OwnLink } from '../server-access.ts';
import { OwnChild } from './own-child.ts';
import { connectionTarget } from './spec.ts';
import type { UnitHost } from './unit-host.ts';

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
  readonly #host: UnitHost;
  readonly #closing = new Set<() => Promise<void>>();
  readonly #children = new Set<OwnChild>();
  #spare: { readonly child: OwnChild; readonly timer: NodeJS.Timeout } | null = null;
  #count = 0;

  constructor(host: UnitHost) {
    this.#host = host;
  }

  async open(spec: LaunchSpec, options: OwnLinkOptions): Promise<OwnLink> {
    return spec.transport === 'stdio' ? await this.#child(spec, options) : await this.#session(spec, options);
  }

  /** Starts a child that waits for the next client, which then need not wait for it; ended when none comes. */
  prepare(spec: LaunchSpec, keepMs: number): void {
    if (spec.transport !== 'stdio' || this.#spare?.child.isUsable) return;
    const child = this.#start(spec);
    const timer = setTimeout(() => {
      if (this.#spare?.child === child) this.#spare = null;
      void this.#end(child);
    }, timerDelay(keepMs));
    this.#spare = { child, timer: timer.unref() };
  }

  /** Ends every one; resolves when no process of them is left. */
  async closeAll(): Promise<void> {
    if (this.#spare) clearTimeout(this.#spare.timer);
    this.#spare = null;
    await Promise.all([...[...this.#closing].map((close) => close()), ...[...this.#children].map((c) => this.#end(c))]);
  }

  async #session(spec: LaunchSpec, options: OwnLinkOptions): Promise<OwnLink> {
    const target = connectionTarget(spec, null);
    if (!target) throw new ProblemError({ what: `${spec.name} has no address` });
    const peer = await connectPeer(target, connectOptions(spec, options));
    return this.#own(peer, null, () => peer.close());
  }

  async #child(spec: LaunchSpec, options: OwnLinkOptions): Promise<OwnLink> {
    const child = this.#takeSpare(spec) ?? this.#start(spec);
    try {
      const { channel, pid } = await child.ready();
      const peer = await connectPeer({ kind: 'stdio', channel }, connectOptions(spec, options));
      return this.#own(peer, pid, () => this.#end(child));
    } catch (error) {
      await this.#end(child);
      throw error;
    }
  }

  /** From here on whoever ends the unit ends this child too. */
  #start(spec: LaunchSpec): OwnChild {
    this.#count += 1;
    const child = new OwnChild(spec, this.#count, this.#host);
    this.#children.add(child);
    return child;
  }

  async #end(child: OwnChild): Promise<void> {
    await child.end();
    this.#children.delete(child);
  }

  #takeSpare({ hash }: LaunchSpec): OwnChild | null {
    const spare = this.#spare;
    this.#spare = null;
    if (!spare) return null;
    clearTimeout(spare.timer);
    if (spare.child.isUsable && spare.child.spec.hash === hash) return spare.child;
    void this.#end(spare.child);
    return null;
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
    maxMessageBytes: spec.limits.bytes,
    ...(initializeParams && { era: 'legacy' as const, initializeParams }),
    ...(signal && { signal }),
  };
}
