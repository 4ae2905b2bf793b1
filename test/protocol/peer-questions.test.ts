import { expect, test } from 'vitest';
import { withDefaults } from '../../src/protocol/elicitation.ts';
import type { RpcRequest } from '../../src/protocol/json-rpc.ts';
import { connectPeer, type Peer, type PeerTarget } from '../../src/protocol/peer.ts';
import { direct } from '../conformance/subjects.ts';
import { rawHttp, rpcResult } from '../fixtures/raw-http.ts';
import { fixture, startStdio } from '../fixtures/stdio-child.ts';
import { failureOf } from './failure-of.ts';

const capabilities = { elicitation: { form: {} }, sampling: {}, roots: {} };

const ANSWERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'elicitation/create': { action: 'accept', content: { name: 'Alice', color: 'blue' } },
  'sampling/createMessage': { role: 'assistant', content: { type: 'text', text: 'Hello!' }, model: 'test' },
  'roots/list': { roots: [{ uri: 'file:///work' }] },
};

/** A peer that answers everything, and what it was asked. */
async function asked(target: PeerTarget): Promise<{ readonly peer: Peer; readonly questions: readonly RpcRequest[] }> {
  const questions: RpcRequest[] = [];
  const peer = await connectPeer(target, { capabilities });
  peer.onQuestion(async (question) => {
    questions.push(question);
    return { result: ANSWERS[question.method] ?? {} };
  });
  return { peer, questions };
}

/** A client that answers is asked the same by servers of both eras, over both transports. */
test.each(['legacy', 'dual'] as const)('a %s server gets what it asks for before it answers', async (name) => {
  await using http = await direct(name);
  await using child = startStdio([fixture(`conformance/${name}.ts`), 'stdio']);
  const targets = [
    { kind: 'http', url: http.url },
    { kind: 'stdio', channel: child.channel },
  ] as const;
  for (const target of targets) {
    const { peer, questions } = await asked(target);
    expect(peer.era).toBe(name === 'dual' ? 'modern' : 'legacy');
    const together = await peer.request('tools/call', { name: 'test_input_required_result_multiple_inputs' });
    expect(new Set(questions.map(({ method }) => method))).toEqual(new Set(Object.keys(ANSWERS)));
    expect(JSON.stringify(together)).toMatch(/Alice.*Hello!.*file:\/\/\/work/);
    const oneByOne = await peer.request('tools/call', { name: 'test_input_required_result_multi_round' });
    expect(JSON.stringify(oneByOne)).toMatch(/step1.*Alice.*step2.*blue/);
    const prompt = await peer.request('prompts/get', { name: 'test_input_required_result_prompt' });
    expect(prompt).toMatchObject({ messages: [{ role: 'user' }] });
    await peer.close();
  }
});

test('a modern server is told before it asks that nobody answers, and that is no endless round', async () => {
  await using server = await direct('dual');
  const silent = await connectPeer({ kind: 'http', url: server.url });
  const call = { name: 'test_input_required_result_sampling' };
  expect(await failureOf(silent.request('tools/call', call))).toMatchObject({ rpc: { code: -32021 } });
  await silent.close();
  const refusing = await connectPeer({ kind: 'http', url: server.url }, { capabilities });
  refusing.onQuestion(async () => ({ error: { code: -1, message: 'the user said no' } }));
  const failure = await failureOf(refusing.request('tools/call', call));
  expect(failure.problem).toMatchObject({ what: expect.stringContaining('sampling/createMessage') });
  expect(failure.problem.why).toContain('the user said no');
  await refusing.close();
});

test.each([
  ['of a kind nobody knows', { resultType: 'riddle' }, /unknown kind.*riddle/],
  ['that asks for ever', { resultType: 'input_required', requestState: 'again' }, /asked 20 times/],
  ['that asks without saying what', { resultType: 'input_required', inputRequests: { a: {} } }, /without saying which/],
])('a result %s is a failure', async (_, result, said) => {
  const discovery = { supportedVersions: ['2026-07-28'], capabilities: {} };
  await using server = await rawHttp(({ rpc, id }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(rpcResult(id, rpc === 'server/discover' ? discovery : result));
  });
  const peer = await connectPeer({ kind: 'http', url: server.url }, { capabilities });
  const { problem } = await failureOf(peer.request('tools/call', { name: 'odd' }));
  expect(`${problem.what} ${problem.why}`).toMatch(said);
  await peer.close();
});

test('fields left empty get the default of the form, what was filled in stays', () => {
  const properties = {
    name: { type: 'string', default: 'Doe' },
    age: { type: 'integer', default: 0 },
    note: { type: 'string' },
  };
  expect(withDefaults({ type: 'object', properties }, { name: '', note: undefined })).toEqual({ name: '', age: 0 });
  expect(withDefaults('no schema', { a: 1 })).toEqual({ a: 1 });
});
