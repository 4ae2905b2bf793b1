/**
 * JSON-RPC 2.0 messages as MCP uses them, and guards that narrow untrusted JSON to them. The guards look only at what
 * correlation needs: unknown members stay where they are, so that a message can be passed on as it came.
 */

export type JsonObject = Readonly<Record<string, unknown>>;
export type RequestId = string | number;

export interface RpcRequest {
  readonly jsonrpc: '2.0';
  readonly id: RequestId;
  readonly method: string;
  readonly params?: JsonObject;
}

export interface RpcNotification {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params?: JsonObject;
}

export interface RpcResponse {
  readonly jsonrpc: '2.0';
  readonly id: RequestId;
  readonly result: unknown;
}

/** The error member of an answer. Text and data come from the peer: untrusted. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface RpcErrorResponse {
  readonly jsonrpc: '2.0';
  /** null when the peer could not tell which request it is about. */
  readonly id: RequestId | null;
  readonly error: RpcError;
}

/** What a request was answered with, as it came. */
export type RpcAnswer = { readonly result: JsonObject } | { readonly error: RpcError };

export type RpcMessage = RpcRequest | RpcNotification | RpcResponse | RpcErrorResponse;

export const METHOD_NOT_FOUND = -32601;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isRequest(value: unknown): value is RpcRequest {
  return hasMethod(value) && isRequestId(value.id);
}

export function isNotification(value: unknown): value is RpcNotification {
  return hasMethod(value) && value.id === undefined;
}

export function isResponse(value: unknown): value is RpcResponse {
  return isEnvelope(value) && isRequestId(value.id) && 'result' in value && value.error === undefined;
}

export function isErrorResponse(value: unknown): value is RpcErrorResponse {
  return (
    isEnvelope(value) &&
    (isRequestId(value.id) || value.id === null || value.id === undefined) &&
    isRpcError(value.error)
  );
}

/** The messages in one frame: one, or several when it is a batch (revision 2025-03-26). What is none is left out. */
export function messagesIn(frame: unknown): readonly RpcMessage[] {
  return (Array.isArray(frame) ? frame : [frame]).filter(isMessage);
}

function isMessage(value: unknown): value is RpcMessage {
  return isRequest(value) || isNotification(value) || isResponse(value) || isErrorResponse(value);
}

function isRpcError(value: unknown): value is RpcError {
  return isJsonObject(value) && typeof value.code === 'number' && typeof value.message === 'string';
}

function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || typeof value === 'number';
}

function hasMethod(value: unknown): value is JsonObject & { readonly method: string } {
  return (
    isEnvelope(value) && typeof value.method === 'string' && (value.params === undefined || isJsonObject(value.params))
  );
}

function isEnvelope(value: unknown): value is JsonObject {
  return isJsonObject(value) && value.jsonrpc === '2.0';
}
