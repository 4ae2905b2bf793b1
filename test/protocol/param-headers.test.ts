import { expect, test } from 'vitest';
import { KnownParams, mirroredParams } from '../../src/protocol/param-headers.ts';
import { connectPeer } from '../../src/protocol/peer.ts';
import { rawHttp, rpcError, rpcResult } from '../fixtures/raw-http.ts';

const marked = (header: unknown, type: unknown = 'string') => ({ type, 'x-mcp-header': header });
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

test.each<[string, unknown, readonly string[]]>([
  ['no marks at all', object({ a: { type: 'number' } }), []],
  ['what is no schema', true, []],
  [
    'each kind that a header can carry',
    object({ a: marked('A'), b: marked('B', 'integer'), c: marked('C', 'boolean') }),
    ['a', 'b', 'c'],
  ],
  ['a nested parameter', object({ a: object({ b: marked('B') }) }), ['a.b']],
  ['a parameter that is called like the mark', object({ 'x-mcp-header': { type: 'string' } }), []],
  ['the mark as data', object({ a: { default: marked('A'), enum: [marked('a b')] } }), []],
  ['a reference that leads out, without following it', object({ a: { $ref: 'http://127.0.0.1:9/schema' } }), []],
])('accepts %s', (_, schema, paths) => {
  expect(mirroredParams(schema)?.map(({ path }) => path.join('.'))).toEqual(paths);
});

const tooDeep = Array.from({ length: 10_000 }).reduce<object>((inner) => ({ items: inner }), {});

test.each<[string, unknown]>([
  ['a name that is no token', object({ a: marked('Two Words') })],
  ['an empty name', object({ a: marked('') })],
  ['a name that is no text', object({ a: marked(7) })],
  ['a number', object({ a: marked('A', 'number') })],
  ['a type that may be several', object({ a: marked('A', ['string', 'null']) })],
  ['names that differ in case alone', object({ a: marked('Region'), b: marked('REGION') })],
  ['a mark in an array', object({ a: { type: 'array', items: marked('A') } })],
  ['a mark below a choice', object({}, { anyOf: [object({ a: marked('A') })] })],
  ['a mark in a definition', object({}, { $defs: { a: marked('A') } })],
  ['a mark on the whole', { ...object({}), ...marked('A') }],
  ['a schema without end', tooDeep],
])('refuses %s', (_, schema) => {
  expect(mirroredParams(schema)).toBeNull();
});

test('headers hold what the call says, and nothing where it says nothing', () => {
  const known = new KnownParams();
  const schema = object({
    where: marked('Region'),
    in: object({ deep: marked('Deep', 'integer') }),
    on: marked('On', 'boolean'),
  });
  known.learn({ tools: [{ name: 'query', inputSchema: schema }] });
  const call = (args: unknown, name = 'query') =>
    known.headersFor({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } });
  expect(call({ where: 'eu', in: { deep: 42 }, on: false })).toEqual({
    'mcp-param-region': 'eu',
    'mcp-param-deep': '42',
    'mcp-param-on': 'false',
  });
  expect(call({ where: 'a\r\nb', in: { deep: 2 ** 60 }, on: null })).toEqual({
    'mcp-param-region': '=?base64?YQ0KYg==?=',
  });
  expect(call(undefined)).toEqual({});
  expect(call({ where: 'eu' }, 'other')).toEqual({});
  known.learn({ tools: [{ name: 'query', inputSchema: object({}) }] });
  expect(call({ where: 'eu' })).toEqual({});
});

test('a call that a server refuses for a missing header is made again once its list is known', async () => {
  const discovery = { supportedVersions: ['2026-07-28'], capabilities: { tools: {} } };
  const tools = [{ name: 'query', inputSchema: object({ where: marked('Region') }) }];
  await using server = await rawHttp(({ rpc, id, headers }, response) => {
    const refused = rpc === 'tools/call' && headers['mcp-param-region'] !== 'eu';
    const result = rpc === 'server/discover' ? discovery : rpc === 'tools/list' ? { tools } : { content: [] };
    response.writeHead(refused ? 400 : 200, { 'content-type': 'application/json' });
    response.end(refused ? rpcError(-32020, 'Mcp-Param-Region is missing', id) : rpcResult(id, result));
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  const params = { name: 'query', arguments: { where: 'eu' } };
  expect(await peer.request('tools/call', params)).toEqual({ content: [] });
  expect(server.rpcs()).toEqual(['server/discover', 'tools/call', 'tools/list', 'tools/call']);
  await peer.close();
});
