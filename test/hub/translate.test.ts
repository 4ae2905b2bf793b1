import { expect, it } from 'vitest';
import { discoverResult, initializeResult, legacyResult, modernAnswer } from '../../src/hub/translate.ts';

const serverInfo = { name: 'weather', version: '2.1', icons: [{ src: 'sun.png' }] };

it('introduces a legacy server to a modern client with everything it said of itself', () => {
  const greeting = {
    protocolVersion: '2025-06-18',
    capabilities: { tools: { listChanged: true }, extensions: { 'example.org/x': {} } },
    serverInfo,
    instructions: 'Ask for a city.',
    'x-unknown': 1,
  };
  expect(discoverResult({ era: 'legacy', greeting })).toEqual({
    resultType: 'complete',
    ttlMs: 0,
    cacheScope: 'private',
    supportedVersions: ['2026-07-28'],
    capabilities: greeting.capabilities,
    instructions: 'Ask for a city.',
    'x-unknown': 1,
    _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo },
  });
});

it('introduces a modern server to a legacy client, in the revision the client proposed', () => {
  const greeting = {
    resultType: 'complete',
    ttlMs: 5000,
    cacheScope: 'public',
    supportedVersions: ['2026-07-28'],
    capabilities: { tools: {} },
    _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo, 'example.org/note': 'kept' },
  };
  expect(initializeResult({ era: 'modern', greeting }, '2025-03-26')).toEqual({
    protocolVersion: '2025-03-26',
    capabilities: { tools: {} },
    serverInfo,
    _meta: { 'example.org/note': 'kept' },
  });
});

it.each([
  ['2025-03-26', '2025-06-18', '2025-03-26'],
  ['2025-11-25', '2025-06-18', '2025-06-18'],
  ['2099-01-01', '2025-06-18', '2025-06-18'],
  [undefined, '2024-11-05', '2024-11-05'],
])('agrees on the older of what client (%s) and server (%s) speak', (proposed, spoken, agreed) => {
  const greeting = { protocolVersion: spoken, capabilities: {}, serverInfo };
  expect(initializeResult({ era: 'legacy', greeting }, proposed).protocolVersion).toBe(agreed);
});

it('calls a missing resource what the modern era calls it, and leaves other errors alone', () => {
  const missing = { code: -32002, message: 'Resource not found', data: { uri: 'x://y' } };
  expect(modernAnswer('resources/read', { error: missing })).toEqual({ error: { ...missing, code: -32602 } });
  const own = { code: -31999, message: 'of the server', data: [1] };
  expect(modernAnswer('tools/call', { error: own })).toEqual({ error: own });
});

it('takes away what only the modern era knows, and nothing else', () => {
  const result = {
    resultType: 'complete',
    ttlMs: 1,
    cacheScope: 'public',
    tools: [{ name: 'a', extra: true }],
    more: 1,
  };
  expect(legacyResult(result)).toEqual({ tools: [{ name: 'a', extra: true }], more: 1 });
});
