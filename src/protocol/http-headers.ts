import { isJsonObject, isNotification, isRequest, type JsonObject, type RpcMessage } from './json-rpc.ts';
import { META_PROTOCOL_VERSION } from './revisions.ts';

/** Which member of `params` the `Mcp-Name` header repeats (2026-07-28, Streamable HTTP, standard request headers). */
const NAME_SOURCE: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

const SENTINEL = /^=\?base64\?.*\?=$/s;
const PLAIN = /^[\x20-\x7e]+$/;

/**
 * A value as `Mcp-Name` carries it: itself where it is plain ASCII without edge spaces, else
 * `=?base64?…?=` over its UTF-8 bytes. What looks like the sentinel is wrapped too, so that decoding is unambiguous.
 */
export function encodeHeaderValue(value: string): string {
  if (PLAIN.test(value) && value.trim() === value && !SENTINEL.test(value)) return value;
  return `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`;
}

/** Padded to fours (RFC 4648, §4): a value has one spelling, so that nobody on the way reads another. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What {@link encodeHeaderValue} made, or a plain value; null for a sentinel around what is no base64 of UTF-8. */
export function decodeHeaderValue(value: string): string | null {
  if (!SENTINEL.test(value)) return value;
  const encoded = value.slice('=?base64?'.length, -'?='.length);
  if (!BASE64.test(encoded)) return null;
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : null;
}

/** What a legacy conversation has learnt so far. */
export interface LegacyState {
  readonly sessionId: string | null;
  readonly revision: string | null;
}

/**
 * The MCP headers of one POST. Which era it is stands in the message itself: a modern one carries its revision in
 * `_meta` and never a session; anything else belongs to the legacy conversation.
 */
export function mcpHeaders(message: RpcMessage, legacy: LegacyState): Readonly<Record<string, string>> {
  const revision = modernRevision(message);
  if (revision === null) {
    return {
      ...(legacy.sessionId === null ? {} : { 'mcp-session-id': legacy.sessionId }),
      ...(legacy.revision === null ? {} : { 'mcp-protocol-version': legacy.revision }),
    };
  }
  if (!isRequest(message) && !isNotification(message)) return { 'mcp-protocol-version': revision };
  const name = namedBy(message.method, message.params ?? {});
  return {
    'mcp-protocol-version': revision,
    'mcp-method': message.method,
    ...(name === null ? {} : { 'mcp-name': encodeHeaderValue(name) }),
  };
}

/** Whether the message belongs to the modern era. */
export function isModernMessage(message: RpcMessage): boolean {
  return modernRevision(message) !== null;
}

function modernRevision(message: RpcMessage): string | null {
  if (!('method' in message) || !isJsonObject(message.params?._meta)) return null;
  const revision = message.params._meta[META_PROTOCOL_VERSION];
  return typeof revision === 'string' ? revision : null;
}

/** What a request is about, as its `Mcp-Name` header must say; null where it has none. */
export function namedBy(method: string, params: JsonObject): string | null {
  const source = Object.hasOwn(NAME_SOURCE, method) ? NAME_SOURCE[method] : undefined;
  const value = source === undefined ? undefined : params[source];
  return typeof value === 'string' ? value : null;
}
