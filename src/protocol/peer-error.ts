import { type Problem, ProblemError } from '../registry/problem.ts';
import type { RpcError } from './json-rpc.ts';

/**
 * How talking to a server failed:
 * - `refused`: no connection, or the target cannot be addressed at all
 * - `timeout`: no answer within the time given, or it does not read what it is sent
 * - `auth`: HTTP 401 or 403
 * - `http`: an HTTP status or redirect that says nothing in JSON-RPC
 * - `protocol`: it answered, but with a JSON-RPC error (`rpc`) or with something MCP does not allow
 * - `closed`: the connection ended
 * - `exited-on-discover`: a stdio server ended during era detection; start it again once and connect with `era: 'legacy'`
 * - `aborted`: the caller's own signal
 */
export type FailureKind =
  | 'refused'
  | 'timeout'
  | 'auth'
  | 'http'
  | 'protocol'
  | 'closed'
  | 'exited-on-discover'
  | 'aborted';

/** The one error everything in `protocol/` rejects with. */
export class PeerError extends ProblemError {
  readonly kind: FailureKind;
  /** The HTTP status that came with it, where there was one. */
  readonly status: number | null;
  /** The JSON-RPC error the server answered with, where it did. Untrusted text. */
  readonly rpc: RpcError | null;

  constructor(
    kind: FailureKind,
    problem: Problem,
    details: { readonly status?: number | null; readonly rpc?: RpcError | null } = {},
  ) {
    super(problem);
    this.name = 'PeerError';
    this.kind = kind;
    this.status = details.status ?? null;
    this.rpc = details.rpc ?? null;
  }
}

/** The error as a {@link PeerError}; anything foreign becomes `protocol`, with its message as evidence. */
export function asPeerError(error: unknown): PeerError {
  if (error instanceof PeerError) return error;
  const why = excerpt(error instanceof Error ? error.message : String(error));
  return new PeerError('protocol', { what: 'talking to the server failed', why });
}

/** A JSON-RPC error the server answered `method` with. */
export function rpcFailure(method: string, rpc: RpcError, status: number | null = null): PeerError {
  const why = `${excerpt(rpc.message) || 'no message'} (code ${rpc.code}${status === null ? '' : `, HTTP ${status}`})`;
  return new PeerError('protocol', { what: `the server answered ${method} with an error`, why }, { status, rpc });
}

const MAX_EXCERPT = 200;

/** Text of a peer made fit for a message: one line, no control characters, at most 200 characters. */
export function excerpt(text: string): string {
  const line = text
    .slice(0, 4 * MAX_EXCERPT)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line.length > MAX_EXCERPT ? `${line.slice(0, MAX_EXCERPT - 1)}…` : line;
}
