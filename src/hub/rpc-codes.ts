import type { RpcError } from '../protocol/json-rpc.ts';

/** JSON-RPC 2.0 and MCP 2026-07-28, error codes. */
export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
/** Ours to use: a server that is not there, limits. */
export const SERVER_ERROR = -32000;
export const HEADER_MISMATCH = -32020;
export const MISSING_CAPABILITY = -32021;
export const UNSUPPORTED_VERSION = -32022;

export function rpcError(code: number, message: string, data?: unknown): { readonly error: RpcError } {
  return { error: { code, message, ...(data === undefined ? {} : { data }) } };
}

/**
 * The HTTP status of a modern answer (2026-07-28, Streamable HTTP): errors that a client should notice without reading
 * the body have one of their own, all others come with 200.
 */
export function statusOf(error: RpcError): number {
  return STATUS_OF[error.code] ?? 200;
}

const STATUS_OF: Readonly<Record<number, number>> = {
  [PARSE_ERROR]: 400,
  [INVALID_REQUEST]: 400,
  [METHOD_NOT_FOUND]: 404,
  [HEADER_MISMATCH]: 400,
  [MISSING_CAPABILITY]: 400,
  [UNSUPPORTED_VERSION]: 400,
};
