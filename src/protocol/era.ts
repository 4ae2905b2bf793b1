import { isJsonObject, type JsonObject } from './json-rpc.ts';
import { PeerError } from './peer-error.ts';
import { type Era, isModern, META_SERVER_INFO, MODERN_REVISIONS } from './revisions.ts';

/** What the handshake of either era tells about a server. All text is the server's own word: never decide by it. */
export interface Handshake {
  readonly era: Era;
  readonly revision: string;
  /** It answered `server/discover` as a modern server, whatever `era` this connection is in. */
  readonly speaksModern: boolean;
  readonly serverInfo: { readonly name: string | null; readonly version: string | null };
  readonly capabilities: JsonObject;
  readonly instructions: string | null;
  /** The whole result of `initialize` or `server/discover`, as it came. */
  readonly greeting: JsonObject;
}

/**
 * What an answer to `server/discover` means. `legacy`: try `initialize`, for the reason given; `failed`: do not, the
 * answer is no evidence of an older server.
 */
export type Verdict =
  | { readonly kind: 'modern'; readonly handshake: Handshake }
  | { readonly kind: 'legacy'; readonly why: string }
  | { readonly kind: 'failed'; readonly error: PeerError };

export const HEADER_MISMATCH = -32020;
const MISSING_CAPABILITY = -32021;
const UNSUPPORTED_VERSION = -32022;

/** Reads the result of `server/discover`. A result of another shape comes from a server that answers anything: legacy. */
export function classifyDiscoverResult(result: JsonObject): Verdict {
  const supported = stringsIn(result.supportedVersions);
  if (supported === null || !isJsonObject(result.capabilities)) {
    return { kind: 'legacy', why: 'its answer to server/discover is no discovery' };
  }
  const revision = MODERN_REVISIONS.find((candidate) => supported.includes(candidate));
  if (revision === undefined) return { kind: 'legacy', why: `it speaks ${supported.join(', ') || 'no revision'}` };
  const meta = isJsonObject(result._meta) ? result._meta : {};
  const handshake = handshakeFrom('modern', revision, result, meta[META_SERVER_INFO] ?? result.serverInfo);
  return { kind: 'modern', handshake };
}

/**
 * Reads a failed `server/discover`. The body counts before the status, and neither credentials asked for (401, 403)
 * nor a broken server (5xx) nor a broken connection is evidence of an era.
 */
export function classifyDiscoverFailure(error: PeerError): Verdict {
  const { kind, status, rpc } = error;
  if (kind === 'auth' || (status !== null && status >= 500)) return { kind: 'failed', error };
  if (rpc) return classifyRpcError(error, rpc.code, rpc.data);
  if (kind === 'http' || kind === 'protocol') return { kind: 'legacy', why: error.problem.what };
  return { kind: 'failed', error };
}

function classifyRpcError(error: PeerError, code: number, data: unknown): Verdict {
  if (code === HEADER_MISMATCH || code === MISSING_CAPABILITY) return { kind: 'failed', error };
  const why = `it answered server/discover with code ${code}`;
  if (code !== UNSUPPORTED_VERSION) return { kind: 'legacy', why };
  const supported = isJsonObject(data) ? stringsIn(data.supported) : null;
  if (supported === null || supported.length === 0 || supported.some((revision) => !isModern(revision))) {
    return { kind: 'legacy', why };
  }
  return { kind: 'failed', error: unsupported(supported, error) };
}

/** It refused a revision, but names one that we speak. */
export function speaksOurRevision({ rpc }: PeerError): boolean {
  if (rpc?.code !== UNSUPPORTED_VERSION || !isJsonObject(rpc.data)) return false;
  return stringsIn(rpc.data.supported)?.some((revision) => MODERN_REVISIONS.includes(revision)) ?? false;
}

function unsupported(supported: readonly string[], { rpc, status }: PeerError): PeerError {
  const what = `the server speaks MCP ${supported.join(', ')} only`;
  const why = `this program speaks ${MODERN_REVISIONS.join(', ')} and older handshakes`;
  return new PeerError('protocol', { what, why, next: 'update mcp-cockpit' }, { rpc, status });
}

/** The parts both eras tell about a server, read leniently. */
export function handshakeFrom(era: Era, revision: string, result: JsonObject, info: unknown): Handshake {
  const { name, version } = isJsonObject(info) ? info : {};
  return {
    era,
    revision,
    speaksModern: era === 'modern',
    serverInfo: {
      name: typeof name === 'string' ? name : null,
      version: typeof version === 'string' ? version : null,
    },
    capabilities: isJsonObject(result.capabilities) ? result.capabilities : {},
    instructions: typeof result.instructions === 'string' ? result.instructions : null,
    greeting: result,
  };
}

function stringsIn(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  return value.every((item) => typeof item === 'string') ? value : null;
}
