import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeCatalog, toolsHash } from '../../src/protocol/catalog.ts';
import { connectPeer } from '../../src/protocol/peer.ts';
import { answerLegacy, rawHttp, rpcError, rpcResult } from '../fixtures/raw-http.ts';
import { dualEraHttp } from '../fixtures/sdk-http.ts';
import { hostile } from '../fixtures/stdio-child.ts';
import { failureOf } from './failure-of.ts';

test.each(['modern', 'legacy'] as const)('takes all a %s server offers, the same in both eras', async (era) => {
  await using server = await dualEraHttp();
  const peer = await connectPeer({ kind: 'http', url: server.url }, { era });
  expect(peer.era).toBe(era);
  const before = Date.now();
  const catalog = await takeCatalog(peer);
  expect(catalog).toMatchObject({
    serverName: 'fixture',
    serverVersion: '1.2.3',
    instructions: 'Greet people.',
    tools: [
      { name: 'greet', description: 'Greets somebody.' },
      { name: 'wave', description: 'Waves.' },
    ],
    prompts: ['grüß dich'],
    resources: ['readme'],
    incomplete: [],
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(catalog.takenAt).toBeGreaterThanOrEqual(before);
  await peer.close();
});

test.each([
  ['endless-pages', 64],
  ['many-tools', 10_000],
  ['looping-pages', 2],
])('%s end at a bound, and the catalog says so', async (mode, count) => {
  await using child = hostile(mode);
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  const catalog = await takeCatalog(peer);
  expect(catalog.tools).toHaveLength(count);
  expect(catalog.incomplete).toEqual(['tools']);
});

test('pages of a megabyte end at a bound too', async () => {
  const description = 'x'.repeat(1024 * 1024);
  await using server = await rawHttp((seen, response) => {
    if (seen.rpc !== 'tools/list') return answerLegacy(seen, response);
    response.setHeader('content-type', 'application/json');
    response.end(rpcResult(seen.id, { tools: [{ name: 'big', description }], nextCursor: `after-${seen.id}` }));
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  const catalog = await takeCatalog(peer);
  expect(catalog.incomplete).toEqual(['tools']);
  expect(catalog.tools.length).toBeLessThan(40);
  expect(catalog.tools[0]?.description?.length).toBe(16_384);
  await peer.close();
});

test('a server without tools has an empty catalog; one that declares them and fails has none', async () => {
  const server = (capabilities: object) =>
    rawHttp((seen, response) => {
      if (seen.rpc === 'initialize') {
        const serverInfo = { name: 'raw', version: '1' };
        response.setHeader('content-type', 'application/json');
        response.end(rpcResult(seen.id, { protocolVersion: '2025-11-25', capabilities, serverInfo }));
      } else if (seen.rpc === 'tools/list' || seen.rpc === 'prompts/list') {
        response.setHeader('content-type', 'application/json');
        response.end(rpcError(-32601, 'Method not found', seen.id));
      } else answerLegacy(seen, response);
    });
  await using without = await server({ prompts: {} });
  const toolless = await connectPeer({ kind: 'http', url: without.url });
  expect(await takeCatalog(toolless)).toMatchObject({ tools: [], prompts: [], incomplete: ['prompts'] });
  await toolless.close();

  await using broken = await server({ tools: {} });
  const peer = await connectPeer({ kind: 'http', url: broken.url });
  expect(await failureOf(takeCatalog(peer))).toMatchObject({ rpc: { code: -32601 } });
  await peer.close();
});

const schema = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
const tool = fc.record({ name: fc.string(), description: fc.string(), inputSchema: schema });

/** The same JSON with the keys of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

test('the hash does not depend on the order of tools or keys, nor on _meta', () => {
  fc.assert(
    fc.property(fc.array(tool), (tools) => {
      const shuffled = tools.toReversed().map((entry) => ({
        inputSchema: reversed(entry.inputSchema),
        description: entry.description,
        name: entry.name,
        _meta: { seen: 1 },
      }));
      expect(toolsHash(shuffled)).toBe(toolsHash(tools));
    }),
  );
});

test('the hash changes with any part of any tool', () => {
  fc.assert(
    fc.property(
      fc.array(tool, { minLength: 1 }),
      fc.nat(),
      fc.constantFrom('name', 'description'),
      (tools, at, key) => {
        const index = at % tools.length;
        const changed = tools.map((entry, position) =>
          position === index ? { ...entry, [key]: `${entry[key]}!` } : entry,
        );
        expect(toolsHash(changed)).not.toBe(toolsHash(tools));
        expect(toolsHash(tools.slice(1))).not.toBe(toolsHash(tools));
      },
    ),
  );
});

test('a schema nested without reason does not overflow the stack', () => {
  const depth = 100_000;
  const inputSchema: unknown = JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
  expect(toolsHash([{ name: 'deep', inputSchema }])).toMatch(/^[0-9a-f]{64}$/);
});
