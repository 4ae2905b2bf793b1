import { expect, it } from 'vitest';
import { paramFaultOf } from '../../../src/hub/front/param-headers.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    where: { type: 'object', properties: { shard: { type: 'integer', 'x-mcp-header': 'Shard' } } },
    dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    free: { type: 'string' },
  },
};

const fault = (args: unknown, headers: Record<string, string>) => paramFaultOf(SCHEMA, args, headers)?.message ?? null;

it.each([
  ['nothing to repeat', { free: 'x' }, {}],
  ['no arguments', undefined, {}],
  ['null', { region: null, where: null }, {}],
  ['plain text', { region: 'eu-1' }, { 'mcp-param-region': 'eu-1' }],
  ['base64', { region: 'Zürich' }, { 'mcp-param-region': `=?base64?${Buffer.from('Zürich').toString('base64')}?=` }],
  ['a number in another notation', { where: { shard: 42 } }, { 'mcp-param-shard': '42.0' }],
  ['a boolean', { dry: false }, { 'mcp-param-dry': 'false' }],
  ['a header without its argument', {}, { 'mcp-param-region': 'eu-1' }],
])('lets pass: %s', (_what, args, headers) => {
  expect(fault(args, headers)).toBeNull();
});

it.each([
  ['a missing header', { region: 'eu-1' }, {}, 'the header Mcp-Param-Region is missing'],
  ['another value', { region: 'eu-1' }, { 'mcp-param-region': 'us-1' }, 'is not what the argument region says'],
  ['another number', { where: { shard: 1 } }, { 'mcp-param-shard': '2' }, 'is not what the argument where.shard says'],
  ['text that is the same number', { region: '7' }, { 'mcp-param-region': '7.0' }, 'Mcp-Param-Region is not'],
  ['no number', { where: { shard: 0 } }, { 'mcp-param-shard': '' }, 'Mcp-Param-Shard is not'],
  ['broken base64', { region: 'x' }, { 'mcp-param-region': '=?base64?%%%?=' }, 'Mcp-Param-Region is no base64'],
])('refuses: %s', (_what, args, headers, message) => {
  expect(fault(args, headers)).toContain(message);
  expect(paramFaultOf(SCHEMA, args, headers)?.code).toBe(-32020);
});

it('compares nothing for a tool that is unknown or marked against the rules', () => {
  expect(paramFaultOf(null, { region: 'x' }, {})).toBeNull();
  const wrong = { properties: { list: { type: 'array', 'x-mcp-header': 'List' } } };
  expect(paramFaultOf(wrong, { list: [1] }, {})).toBeNull();
});
