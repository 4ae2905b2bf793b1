import { type Catalog, catalogOf, type Lists, takeLists } from '../../protocol/catalog.ts';
import { connectPeer, type Peer, type PeerTarget } from '../../protocol/peer.ts';
import { asPeerError, type FailureKind, type PeerError } from '../../protocol/peer-error.ts';
import { probePeer } from '../../protocol/probe.ts';
import type { Problem } from '../../registry/problem.ts';
import type { Era } from '../api.ts';

export type Connected =
  | { readonly ok: true; readonly latencyMs: number }
  | { readonly ok: false; readonly kind: FailureKind; readonly problem: Problem };

/** The MCP client connection a unit is judged by: kept open, reopened when it broke, and its catalog. */
export class UnitConnection {
  /** Remembered per content of the entry, so that a known server is not asked again which era it speaks. */
  era: Era | null;
  catalog: Catalog | null = null;
  /** Everything the catalog was made of; null until then. */
  lists: Lists | null = null;
  catalogAt = 0;
  /** Of the handshake the catalog belongs to. */
  greeting: Pick<Peer, 'era' | 'revision' | 'greeting'> | null = null;
  onCatalog: () => void = () => undefined;
  #peer: Peer | null = null;
  #closed = false;

  constructor(era: Era | null) {
    this.era = era;
  }

  get peer(): Peer | null {
    return this.#peer;
  }

  /** Opens the connection. A remembered era that no longer fits is forgotten, and both are tried. */
  async connect(target: PeerTarget, timeoutMs: number): Promise<Connected> {
    const began = performance.now();
    const first = await this.#open(target, this.era, timeoutMs);
    const opened =
      first.ok || this.era === null || target.kind === 'stdio' || first.error.kind !== 'protocol'
        ? first
        : await this.#open(target, null, timeoutMs);
    if (!opened.ok) return failed(opened.error);
    if (this.#closed) {
      await opened.peer.close();
      return failed(asPeerError(new Error('the connection was closed')));
    }
    const { peer } = opened;
    this.#peer = peer;
    this.era = peer.eraToRemember;
    peer.onClosed(() => {
      if (this.#peer === peer) this.#peer = null;
    });
    peer.onNotification((method) => {
      if (method.endsWith('/list_changed')) void this.refreshCatalog();
    });
    return { ok: true, latencyMs: performance.now() - began };
  }

  /** Asks the open connection whether it is well; opens it anew first when it broke. */
  async probe(target: PeerTarget, timeoutMs: number): Promise<Connected> {
    if (!this.#peer) {
      if (target.kind === 'stdio') return failed(asPeerError(new Error('the connection to the server is closed')));
      return this.connect(target, timeoutMs);
    }
    const answer = await probePeer(this.#peer, { timeoutMs });
    if (answer.ok) return answer;
    if (target.kind !== 'stdio') await this.#drop();
    return answer;
  }

  async refreshCatalog(): Promise<void> {
    const peer = this.#peer;
    if (!peer) return;
    try {
      const lists = await takeLists(peer);
      this.lists = lists;
      this.catalog = catalogOf(peer, lists);
      this.greeting = { era: peer.era, revision: peer.revision, greeting: peer.greeting };
      this.catalogAt = Date.now();
      this.onCatalog();
    } catch {
      // A server whose lists fail keeps its last catalog; the probes say what is wrong with it.
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#drop();
  }

  async #open(
    target: PeerTarget,
    era: Era | null,
    timeoutMs: number,
  ): Promise<{ ok: true; peer: Peer } | { ok: false; error: PeerError }> {
    try {
      return { ok: true, peer: await connectPeer(target, { era, timeoutMs }) };
    } catch (error) {
      return { ok: false, error: asPeerError(error) };
    }
  }

  async #drop(): Promise<void> {
    const peer = this.#peer;
    this.#peer = null;
    await peer?.close().catch(() => undefined);
  }
}

function failed({ kind, problem }: PeerError): Connected {
  return { ok: false, kind, problem };
}
