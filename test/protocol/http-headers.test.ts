import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeHeaderValue, encodeHeaderValue, mcpHeaders } from '../../src/protocol/http-headers.ts';
import type { RpcRequest } from '../../src/protocol/json-rpc.ts';
import { modernParams } from '../../src/protocol/revisions.ts';

const none = { sessionId: null, revision: null };
const introduction = { clientInfo: { name: 'test', version: '1' }, capabilities: {} };

function request(method: string, params: RpcRequest['params'] = {}): RpcRequest {
  return { jsonrpc: '2.0', id: 1, method, params };
}

test('any name survives the header, in characters a header may hold', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string()), (name) => {
      const value = encodeHeaderValue(name);
      expect(value).toMatch(/^[\x20-\x7e]+$/);
      expect(value).toBe(value.trim());
      expect(decodeHeaderValue(value)).toBe(name);
    }),
  );
});

test.each([
  ['plain names as they are', 'read_file', 'read_file'],
  ['other characters in base64', 'grüße', '=?base64?Z3LDvMOfZQ==?='],
  ['edge spaces in base64', ' x', '=?base64?IHg=?='],
  ['line breaks in base64', 'a\r\nb', '=?base64?YQ0KYg==?='],
  ['the sentinel itself in base64', '=?base64?x?=', '=?base64?PT9iYXNlNjQ/eD89?='],
])('sends %s', (_, name, expected) => {
  expect(encodeHeaderValue(name)).toBe(expected);
});

test.each([
  ['no sentinel', 'SGVsbG8=', 'SGVsbG8='],
  ['half a sentinel', '=?base64?SGVsbG8=', '=?base64?SGVsbG8='],
  ['base64', '=?base64?SGVsbG8=?=', 'Hello'],
  ['base64 of nothing', '=?base64??=', ''],
  ['base64 without its padding', '=?base64?SGVsbG8?=', null],
  ['base64 with too much padding', '=?base64?SGVsbG8==?=', null],
  ['other characters', '=?base64?SGVs!!!bG8=?=', null],
  ['what is no UTF-8', '=?base64?/w==?=', null],
])('reads %s', (_, value, expected) => {
  expect(decodeHeaderValue(value)).toBe(expected);
});

test('a modern request names its revision, method and target, and never a session', () => {
  const call = request('tools/call', modernParams({ name: 'greet', arguments: {} }, introduction));
  expect(mcpHeaders(call, { sessionId: 'abc', revision: '2025-11-25' })).toEqual({
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'greet',
  });
  expect(mcpHeaders(request('resources/read', modernParams({ uri: 'a://b' }, introduction)), none)).toMatchObject({
    'mcp-name': 'a://b',
  });
  expect(mcpHeaders(request('constructor', modernParams({ name: 'x' }, introduction)), none)).not.toHaveProperty(
    'mcp-name',
  );
});

test('a legacy message carries what the conversation learnt, and no modern header', () => {
  expect(mcpHeaders(request('tools/call', { name: 'greet' }), none)).toEqual({});
  expect(mcpHeaders(request('ping'), { sessionId: 'abc', revision: '2025-06-18' })).toEqual({
    'mcp-session-id': 'abc',
    'mcp-protocol-version': '2025-06-18',
  });
});
