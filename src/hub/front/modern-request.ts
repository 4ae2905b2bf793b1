import type { IncomingHttpHeaders } from 'node:http';
import { decodeHeaderValue, namedBy } from '../../protocol/http-headers.ts';
import { isJsonObject, isRequest, type JsonObject, type RpcError, type RpcRequest } from '../../protocol/json-rpc.ts';
import {
  isModern,
  META_CLIENT_CAPABILITIES,
  META_PROTOCOL_VERSION,
  MODERN_REVISIONS,
} from '../../protocol/revisions.ts';
import { HEADER_MISMATCH, INVALID_PARAMS, UNSUPPORTED_VERSION } from '../rpc-codes.ts';

/** What a POST with a JSON body is. */
export type Era = 'modern' | 'legacy';

/** Modern is who says so: in the envelope of the message, or in the header that must repeat it. */
export function eraOf(body: unknown, headers: IncomingHttpHeaders): Era {
  if (!isJsonObject(body)) return 'legacy';
  if (body.method === 'server/discover') return 'modern';
  if (isJsonObject(body.params) && isJsonObject(body.params._meta)) {
    if (body.params._meta[META_PROTOCOL_VERSION] !== undefined) return 'modern';
  }
  const declared = headers['mcp-protocol-version'];
  return typeof declared === 'string' && isModern(declared) ? 'modern' : 'legacy';
}

/**
 * Why a modern request may not pass (2026-07-28, Streamable HTTP: envelope, version and standard headers); null when it
 * may. Intermediaries route by headers, so headers that tell another story than the body are refused.
 */
export function faultOf(request: RpcRequest, headers: IncomingHttpHeaders): RpcError | null {
  const params = request.params ?? {};
  const meta = isJsonObject(params._meta) ? params._meta : {};
  const revision = meta[META_PROTOCOL_VERSION];
  if (typeof revision !== 'string') return missing(META_PROTOCOL_VERSION);
  const header = headers['mcp-protocol-version'];
  if (header === undefined) return mismatch('the header MCP-Protocol-Version is missing');
  if (header !== revision) return mismatch(`MCP-Protocol-Version is not "${excerpt(revision)}", as the body says`);
  if (!MODERN_REVISIONS.includes(revision)) {
    const data = { supported: [...MODERN_REVISIONS], requested: revision };
    return { code: UNSUPPORTED_VERSION, message: `Unsupported protocol version: ${excerpt(revision)}`, data };
  }
  if (!isJsonObject(meta[META_CLIENT_CAPABILITIES])) return missing(META_CLIENT_CAPABILITIES);
  const method = headers['mcp-method'];
  if (method === undefined) return mismatch('the header Mcp-Method is missing');
  if (method !== request.method) return mismatch(`Mcp-Method is not "${excerpt(request.method)}", as the body says`);
  return nameFault(request.method, params, headers['mcp-name']);
}

function nameFault(method: string, params: JsonObject, header: string | string[] | undefined): RpcError | null {
  const name = namedBy(method, params);
  if (name === null) return null;
  if (typeof header !== 'string') return mismatch('the header Mcp-Name is missing');
  return decodeHeaderValue(header) === name ? null : mismatch('Mcp-Name is not what the body names');
}

function missing(key: string): RpcError {
  return { code: INVALID_PARAMS, message: `Invalid params: _meta lacks "${key}"`, data: { missing: key } };
}

function mismatch(message: string): RpcError {
  return { code: HEADER_MISMATCH, message: `Header mismatch: ${message}` };
}

function excerpt(text: string): string {
  return text.slice(0, 60).replace(/[^\x20-\x7e]/g, '?');
}

/** A single request, which is all a modern POST with an answer can be. */
export function modernRequest(body: unknown): RpcRequest | null {
  return isRequest(body) ? body : null;
}
