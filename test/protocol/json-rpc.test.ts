import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isErrorResponse, isNotification, isRequest, isResponse, messagesIn } from '../../src/protocol/json-rpc.ts';

const kinds = (value: unknown) => ({
  request: isRequest(value),
  notification: isNotification(value),
  response: isResponse(value),
  error: isErrorResponse(value),
});
const only = (kind: string) => ({ request: false, notification: false, response: false, error: false, [kind]: true });

test('tells the four kinds of message apart', () => {
  expect(kinds({ jsonrpc: '2.0', id: 1, method: 'ping' })).toEqual(only('request'));
  expect(kinds({ jsonrpc: '2.0', id: 'a', method: 'ping', params: {} })).toEqual(only('request'));
  expect(kinds({ jsonrpc: '2.0', method: 'notifications/x' })).toEqual(only('notification'));
  expect(kinds({ jsonrpc: '2.0', id: 1, result: {} })).toEqual(only('response'));
  expect(kinds({ jsonrpc: '2.0', id: 1, result: null })).toEqual(only('response'));
  expect(kinds({ jsonrpc: '2.0', id: 1, error: { code: 1, message: '' } })).toEqual(only('error'));
  expect(kinds({ jsonrpc: '2.0', id: null, error: { code: 1, message: '' } })).toEqual(only('error'));
});

test.each([
  ['an old version', { jsonrpc: '1.0', id: 1, result: {} }],
  ['no version', { id: 1, method: 'ping' }],
  ['params that are no object', { jsonrpc: '2.0', id: 1, method: 'ping', params: [1] }],
  ['an id that is no id', { jsonrpc: '2.0', id: {}, result: {} }],
  ['an error that is none', { jsonrpc: '2.0', id: 1, error: 'bad' }],
  ['a log line', { level: 'info', msg: 'started' }],
  ['null', null],
])('refuses %s', (_, value) => {
  expect(messagesIn(value)).toEqual([]);
});

test('takes the messages out of a batch and keeps members it does not know', () => {
  const message = { jsonrpc: '2.0', id: 1, result: { new: true }, extra: 'kept' };
  expect(messagesIn([message, 'noise', message])).toEqual([message, message]);
});

test('never fails on any JSON, and never calls one value two kinds', () => {
  const loose = fc.record(
    {
      jsonrpc: fc.constantFrom('2.0', '1.0', 2),
      id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
      method: fc.oneof(fc.string(), fc.integer()),
      params: fc.jsonValue(),
      result: fc.jsonValue(),
      error: fc.oneof(fc.record({ code: fc.integer(), message: fc.string() }), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), loose), (value) => {
      const { request, notification, response, error } = kinds(value);
      expect([request, notification].filter(Boolean).length).toBeLessThanOrEqual(1);
      expect([response, error].filter(Boolean).length).toBeLessThanOrEqual(1);
      expect(messagesIn(value).length).toBeLessThanOrEqual(Array.isArray(value) ? value.length : 1);
    }),
  );
});
