import { isErrorResponse, type RpcError } from './json-rpc.ts';
import { excerpt, type FailureKind, PeerError } from './peer-error.ts';

interface ConnectFailure {
  readonly kind: FailureKind;
  readonly what: (where: string) => string;
  readonly next?: string;
}

const untrusted: ConnectFailure = {
  kind: 'refused',
  what: (where) => `the certificate of ${where} is not trusted`,
  next: "name the authority's certificate file in NODE_EXTRA_CA_CERTS",
};
const noRoute: ConnectFailure = { kind: 'refused', what: (where) => `there is no way to reach ${where}` };
const hungUp: ConnectFailure = { kind: 'closed', what: (where) => `${where} hung up without an answer` };

const CONNECT_FAILURES: Readonly<Record<string, ConnectFailure>> = {
  ECONNREFUSED: { kind: 'refused', what: (where) => `nothing listens at ${where}` },
  ENOTFOUND: { kind: 'refused', what: (where) => `the host name of ${where} is unknown`, next: 'check the URL' },
  EAI_AGAIN: { kind: 'refused', what: (where) => `the host name of ${where} could not be looked up` },
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  EACCES: noRoute,
  ETIMEDOUT: { kind: 'timeout', what: (where) => `${where} does not accept connections` },
  ECONNRESET: hungUp,
  EPIPE: hungUp,
  EPROTO: { kind: 'refused', what: (where) => `${where} does not speak TLS`, next: 'use http:// if that is meant' },
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: { kind: 'refused', what: (where) => `the certificate of ${where} has expired` },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    kind: 'refused',
    what: (where) => `the certificate of ${where} belongs to another host`,
  },
  ERR_INVALID_CHAR: {
    kind: 'refused',
    what: () => 'a configured header holds a character that HTTP cannot send',
    next: 'check the "headers" of the entry',
  },
  ERR_INVALID_HTTP_TOKEN: {
    kind: 'refused',
    what: () => 'a configured header has a name that HTTP cannot send',
    next: 'check the "headers" of the entry',
  },
};

/** A failure of the connection itself, from Node's error. */
export function connectFailure(error: unknown, where: string): PeerError {
  if (error instanceof PeerError) return error;
  const code = errorCode(error);
  const known = Object.hasOwn(CONNECT_FAILURES, code) ? CONNECT_FAILURES[code] : undefined;
  if (known) {
    return new PeerError(known.kind, {
      what: known.what(where),
      why: code,
      ...(known.next === undefined ? {} : { next: known.next }),
    });
  }
  if (code.startsWith('HPE_')) return new PeerError('protocol', { what: `${where} does not speak HTTP`, why: code });
  return new PeerError('refused', { what: `${where} could not be reached`, why: code || excerpt(String(error)) });
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export interface ErrorAnswer {
  readonly status: number;
  /** Body text, masked of secrets. */
  readonly body: string;
  readonly contentType: string;
  /** Where a redirect that was not followed points to, without anything secret. */
  readonly location: string | null;
}

/** A failure the server told by HTTP status, with its JSON-RPC error where the body holds one. */
export function statusFailure(answer: ErrorAnswer, where: string): PeerError {
  const { status, location } = answer;
  const rpc = rpcErrorIn(answer.body);
  const details = { status, rpc };
  const evidence = rpc ? `${excerpt(rpc.message)} (code ${rpc.code})` : bodyEvidence(answer);
  const why = evidence === '' ? {} : { why: evidence };
  if (status === 401) {
    const next = 'set the token that the "headers" of the entry need';
    return new PeerError('auth', { what: `${where} wants credentials (HTTP 401)`, ...why, next }, details);
  }
  if (status === 403) {
    const next = 'check that the token of the entry is valid and may do this';
    return new PeerError('auth', { what: `${where} denies access (HTTP 403)`, ...why, next }, details);
  }
  if (location !== null) {
    const what = `${where} redirects to ${location} (HTTP ${status}), which is not followed`;
    return new PeerError('http', { what, next: 'write the final URL into the entry if it is trusted' }, details);
  }
  if (rpc && status < 500) {
    return new PeerError('protocol', { what: `${where} answered with an error (HTTP ${status})`, ...why }, details);
  }
  if (status === 404) {
    const next = 'check the path: "endpoint" of the entry, or its "url"';
    return new PeerError('http', { what: `there is no MCP endpoint at ${where} (HTTP 404)`, ...why, next }, details);
  }
  const what = status >= 500 ? `${where} failed (HTTP ${status})` : `${where} refused the request (HTTP ${status})`;
  return new PeerError('http', { what, ...why }, details);
}

function rpcErrorIn(body: string): RpcError | null {
  try {
    const value: unknown = JSON.parse(body);
    return isErrorResponse(value) ? value.error : null;
  } catch {
    return null;
  }
}

function bodyEvidence({ body, contentType }: ErrorAnswer): string {
  if (contentType.includes('html') || /^\s*<(!doctype|html)/i.test(body)) return 'it answered with a web page';
  return excerpt(body);
}
