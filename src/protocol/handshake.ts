import {
  classifyDiscoverFailure,
  classifyDiscoverResult,
  type Handshake,
  handshakeFrom,
  speaksOurRevision,
  type Verdict,
} from './era.ts';
import { HttpChannel } from './http-channel.ts';
import { type JsonObject, METHOD_NOT_FOUND } from './json-rpc.ts';
import { asPeerError, excerpt, PeerError } from './peer-error.ts';
import { type Era, type Introduction, LEGACY_REVISION, LEGACY_REVISIONS, modernParams } from './revisions.ts';
import { MAX_TIMER_MS, type RpcSession } from './rpc-session.ts';

export interface HandshakeOptions extends Introduction {
  /** Parameters of `initialize` instead of our own: those of the client this connection is for. */
  readonly initializeParams?: JsonObject;
  /** The era this server spoke last time; null when unknown. A first guess: an answer that proves it wrong is believed. */
  readonly era: Era | null;
  /** For the whole handshake. Milliseconds. */
  readonly timeoutMs: number;
  /** stdio: how long `server/discover` may go unanswered before `initialize` is sent as well. Milliseconds. */
  readonly probeSilenceMs: number;
  readonly signal: AbortSignal;
}

/** Finds out which era the server speaks, and shakes hands. Rejects with a {@link PeerError}. */
export async function shakeHands(session: RpcSession, options: HandshakeOptions): Promise<Handshake> {
  const steps = new Steps(session, options);
  if (options.era === 'legacy') return await steps.legacyFirst();
  if (options.era === null && session.channel.transport === 'stdio') return await steps.detectOverStdio();
  return await steps.modernFirst();
}

/** `initialize` and what belongs to it, for a server known to be a legacy one. */
export async function initialize(session: RpcSession, options: HandshakeOptions): Promise<Handshake> {
  return await new Steps(session, options).initialize(options.signal);
}

const UNSUPPORTED_VERSION = -32022;

class Steps {
  readonly #session: RpcSession;
  readonly #options: HandshakeOptions;
  readonly #deadline: number;

  constructor(session: RpcSession, options: HandshakeOptions) {
    this.#session = session;
    this.#options = options;
    this.#deadline = performance.now() + options.timeoutMs;
  }

  async modernFirst(): Promise<Handshake> {
    const verdict = await this.#discover(this.#options.signal);
    if (verdict.kind === 'modern') return verdict.handshake;
    if (verdict.kind === 'failed') throw verdict.error;
    return await this.#initializeAfter(verdict.why);
  }

  async legacyFirst(): Promise<Handshake> {
    try {
      return await this.initialize(this.#options.signal);
    } catch (error) {
      const failure = asPeerError(error);
      const code = failure.rpc?.code;
      if (code !== METHOD_NOT_FOUND && code !== UNSUPPORTED_VERSION) throw failure;
      const verdict = await this.#discover(this.#options.signal);
      if (verdict.kind === 'modern') return verdict.handshake;
      throw failure;
    }
  }

  /**
   * Both handshakes over one pipe. A server that does not answer `server/discover` may be an old one that ignores what
   * it does not know, or a slow one: then `initialize` goes out too, and what answers is believed.
   */
  async detectOverStdio(): Promise<Handshake> {
    const rest = new AbortController();
    const signal = AbortSignal.any([rest.signal, this.#options.signal]);
    const discovered = this.#discover(signal);
    try {
      const verdict = await within(this.#options.probeSilenceMs, discovered);
      if (verdict?.kind === 'modern') return verdict.handshake;
      if (verdict?.kind === 'failed') throw verdict.error;
      if (verdict) return await this.#initializeAfter(verdict.why);
      return await eitherAnswer(this.initialize(signal), discovered);
    } catch (error) {
      // The write may find the pipe broken before the end of its stdout tells that the server is gone.
      const failure = this.#session.closed ?? asPeerError(error);
      throw failure.kind === 'closed' ? exitedOnDiscover(failure) : failure;
    } finally {
      rest.abort();
    }
  }

  async initialize(signal: AbortSignal): Promise<Handshake> {
    const { clientInfo, capabilities, initializeParams } = this.#options;
    const params = initializeParams ?? { protocolVersion: LEGACY_REVISION, capabilities, clientInfo };
    const result = await this.#session.request('initialize', params, {
      timeoutMs: this.#left(),
      signal,
      tellCancel: false,
    });
    const revision = result.protocolVersion;
    if (typeof revision !== 'string' || !LEGACY_REVISIONS.includes(revision)) throw unknownRevision(revision);
    const { channel } = this.#session;
    if (channel instanceof HttpChannel) channel.useRevision(revision);
    await this.#sayInitialized();
    return handshakeFrom('legacy', revision, result, result.serverInfo);
  }

  async #initializeAfter(why: string): Promise<Handshake> {
    try {
      return await this.initialize(this.#options.signal);
    } catch (error) {
      const failure = asPeerError(error);
      if (failure.kind !== 'protocol') throw failure;
      const { problem, status, rpc } = failure;
      const both = [problem.why, why].filter((text) => text !== undefined && text !== problem.what).join('; ');
      throw new PeerError('protocol', { ...problem, why: both }, { status, rpc });
    }
  }

  /** `again`: a server that refuses a revision and in the same breath names it as one it speaks is asked once more. */
  async #discover(signal: AbortSignal, again = true): Promise<Verdict> {
    const params = modernParams({}, this.#options);
    const options = { timeoutMs: this.#left(), signal, tellCancel: false };
    try {
      return classifyDiscoverResult(await this.#session.request('server/discover', params, options));
    } catch (error) {
      const failure = asPeerError(error);
      if (again && speaksOurRevision(failure)) return await this.#discover(signal, false);
      return classifyDiscoverFailure(failure);
    }
  }

  /** A server that answered `initialize` but stumbles over the notification is still worth talking to. */
  async #sayInitialized(): Promise<void> {
    try {
      await this.#session.notify('notifications/initialized', undefined, AbortSignal.timeout(this.#left()));
    } catch (error) {
      const failure = asPeerError(error);
      if (failure.kind !== 'http' && failure.kind !== 'protocol') throw failure;
    }
  }

  #left(): number {
    return Math.min(MAX_TIMER_MS, Math.max(1, Math.ceil(this.#deadline - performance.now())));
  }
}

/** How long the answer to `initialize` may lag behind that to `server/discover`. Milliseconds. */
const LAG_MS = 2000;

/**
 * Both were sent. A server of both eras answers both, and from `initialize` on its connection is a legacy one: so that
 * answer wins, and a discovery counts only where `initialize` is refused or ignored.
 */
async function eitherAnswer(greeted: Promise<Handshake>, discovered: Promise<Verdict>): Promise<Handshake> {
  let speaksModern = false;
  const modern = discovered.then(async (verdict) => {
    if (verdict.kind !== 'modern') throw new PeerError('protocol', { what: 'it is no modern server' });
    speaksModern = true;
    await within(LAG_MS, Promise.allSettled([greeted]));
    return verdict.handshake;
  });
  try {
    return { ...(await Promise.any([greeted, modern])), speaksModern };
  } catch {
    return await greeted;
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function exitedOnDiscover(reason: PeerError): PeerError {
  const what = 'the server ended while it was asked which revision of MCP it speaks';
  const next = 'start it again and greet it with initialize';
  return new PeerError('exited-on-discover', { what, why: reason.problem.why ?? reason.problem.what, next });
}

function unknownRevision(revision: unknown): PeerError {
  const said = typeof revision === 'string' ? `"${excerpt(revision)}"` : 'none';
  const what = 'the server answered initialize with a protocol revision we do not know';
  return new PeerError('protocol', { what, why: `it said ${said}; known are ${LEGACY_REVISIONS.join(', ')}` });
}
