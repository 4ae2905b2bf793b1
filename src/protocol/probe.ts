import type { Problem } from '../registry/problem.ts';
import { METHOD_NOT_FOUND } from './json-rpc.ts';
import type { Peer } from './peer.ts';
import { asPeerError, type FailureKind, type PeerError } from './peer-error.ts';

export type ProbeResult =
  | { readonly ok: true /** Of the question that was answered. */; readonly latencyMs: number }
  | { readonly ok: false; readonly kind: FailureKind; readonly problem: Problem };

/**
 * Asks a server whether it speaks MCP right now. A failed ping is confirmed with `tools/list` before it counts, so the
 * whole may take twice `timeoutMs` (milliseconds). Never rejects.
 */
export async function probePeer(peer: Peer, { timeoutMs }: { readonly timeoutMs: number }): Promise<ProbeResult> {
  const ping = await timed(() => peer.ping(timeoutMs));
  if (ping.ok) return ping;
  const confirmed = await timed(() => peer.request('tools/list', {}, { timeoutMs }));
  if (confirmed.ok) return confirmed;
  return { ok: false, kind: confirmed.error.kind, problem: confirmed.error.problem };
}

type Timed = { readonly ok: true; readonly latencyMs: number } | { readonly ok: false; readonly error: PeerError };

async function timed(ask: () => Promise<unknown>): Promise<Timed> {
  const start = performance.now();
  try {
    await ask();
  } catch (error) {
    const failure = asPeerError(error);
    // "No such method" is an answer: a server without tools, or without ping, is there all the same.
    if (failure.rpc?.code !== METHOD_NOT_FOUND) return { ok: false, error: failure };
  }
  return { ok: true, latencyMs: performance.now() - start };
}
