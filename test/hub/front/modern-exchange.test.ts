import { expect, it } from 'vitest';
import type { Back, Call, Client } from '../../../src/hub/call.ts';
import type { HttpReply } from '../../../src/hub/front/http-reply.ts';
import { ModernExchange } from '../../../src/hub/front/modern-exchange.ts';
import { ParkedCalls } from '../../../src/hub/front/parked-calls.ts';
import { rpcError } from '../../../src/hub/rpc-codes.ts';
import type { JsonObject } from '../../../src/protocol/json-rpc.ts';

const client: Client = {
  id: 'c',
  era: 'modern',
  revision: '2026-07-28',
  info: {},
  capabilities: { elicitation: {} },
  initializeParams: null,
  ask: null,
};

it('a call whose client never comes back ends, at the server and in the books', async () => {
  const parked = new ParkedCalls<ModernExchange>(20);
  const answers: JsonObject[] = [];
  const reply = { onGone: () => undefined, tell: () => true, end: (message: JsonObject) => answers.push(message) };
  const given = Promise.withResolvers<unknown>();
  const call = async (asking: Call) => {
    const answer = await asking.ask('elicitation/create', {}, new AbortController().signal);
    given.resolve([answer, asking.signal.aborted]);
    return { era: 'legacy' as const, answer: rpcError(-1, 'so it ended') };
  };
  const ended = new Promise<unknown>((resolve) => {
    const exchange = new ModernExchange({
      back: { call } as unknown as Back,
      client,
      method: 'tools/call',
      params: {},
      logLevel: null,
      parked,
      binding: 'b',
      onRouted: () => undefined,
      onParked: () => undefined,
      onEnd: resolve,
    });
    void exchange.begin(1, reply as unknown as HttpReply);
  });
  expect(await given.promise).toMatchObject([{ error: { code: -32000 } }, true]);
  expect(await ended).toEqual(rpcError(-1, 'so it ended'));
  expect(answers).toMatchObject([{ id: 1, result: { resultType: 'input_required' } }]);
});
