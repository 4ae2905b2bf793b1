import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/protocol/json-rpc.ts';
import { type HubHome, hubHome, scripted } from './hub-home.ts';
import { answering, questionsIn, saidIn } from './modern-client.ts';

const ELICIT: [string, JsonObject] = [
  'elicitation/create',
  { message: 'Which?', requestedSchema: { type: 'object', properties: { it: { type: 'string' } } }, 'x-param': 1 },
];
const SAMPLE: [string, JsonObject] = ['sampling/createMessage', { messages: [], maxTokens: 5 }];
const ROOTS: [string, JsonObject] = ['roots/list', {}];
const ABLE = { elicitation: { form: {} }, sampling: {}, roots: {} };

const ANSWERS: Readonly<Record<string, JsonObject>> = {
  'elicitation/create': { action: 'accept', content: { it: 'red' }, 'x-answer': 1 },
  'sampling/createMessage': { role: 'assistant', content: { type: 'text', text: 'hm' }, model: 'm' },
  'roots/list': { roots: [{ uri: 'file:///here' }] },
};
const answer = (method: string): JsonObject => ANSWERS[method] ?? {};
const ALL_ANSWERS = Object.values(ANSWERS);

let hub: HubHome;

beforeAll(async () => {
  hub = await hubHome({
    old: scripted([], { sharing: 'session' }),
    curious: scripted(['more-tools=1']),
    rude: scripted(['rude=1'], { sharing: 'shared' }),
    new: scripted(['era=modern']),
  });
});

afterAll(() => hub.close());

describe('a modern client and a legacy server that asks', () => {
  it('gets elicitation, sampling and roots at once as one input_required, and the server its answers', async () => {
    const client = hub.modern('old', { name: 'all-at-once', capabilities: ABLE });
    const script = [{ ask: [ELICIT, SAMPLE, ROOTS] }];
    const { status, result } = await client.run(script);
    expect(status).toBe(200);
    expect(result.resultType).toBe('input_required');
    expect(questionsIn(result).map(([, question]) => question)).toEqual([
      { method: 'elicitation/create', params: ELICIT[1] },
      { method: 'sampling/createMessage', params: SAMPLE[1] },
      { method: 'roots/list', params: {} },
    ]);
    const done = await client.run(script, { retry: answering(result, answer) });
    expect(done.result).toMatchObject({ resultType: 'complete' });
    expect(saidIn(done.result).answers).toEqual([ALL_ANSWERS]);
  });

  it('over several rounds, on the same process, also for prompts and resources', async () => {
    const client = hub.modern('old', { name: 'rounds', capabilities: ABLE });
    const script = [{ ask: [ELICIT] }, { ask: [SAMPLE] }, { ask: [ROOTS] }];
    const requests: [string, JsonObject][] = [
      ['tools/call', { name: 'run', arguments: { script } }],
      ['prompts/get', { name: 'talk', arguments: { script: JSON.stringify(script) } }],
      ['resources/read', { uri: `script:${encodeURIComponent(JSON.stringify(script))}` }],
    ];
    for (const [method, params] of requests) {
      let { result } = await client.request(method, params);
      for (let round = 0; round < 3; round += 1) {
        expect(questionsIn(result)).toHaveLength(1);
        ({ result } = await client.request(method, { ...params, ...answering(result, answer) }));
      }
      expect(saidIn(result).answers).toEqual(ALL_ANSWERS.map((each) => [each]));
    }
  });

  it('is asked again what it left open', async () => {
    const client = hub.modern('old', { name: 'forgetful', capabilities: ABLE });
    const script = [{ ask: [ELICIT, ROOTS] }];
    const first = await client.run(script);
    const { inputResponses, ...rest } = answering(first.result, answer) as { inputResponses: JsonObject };
    const [[key] = ['']] = questionsIn(first.result);
    const half = await client.run(script, { retry: { ...rest, inputResponses: { [key]: inputResponses[key] } } });
    expect(questionsIn(half.result).map(([, { method }]) => method)).toEqual(['roots/list']);
    const done = await client.run(script, { retry: answering(half.result, answer) });
    expect(saidIn(done.result).answers).toEqual([[ANSWERS['elicitation/create'], ANSWERS['roots/list']]]);
  });

  it('is refused with a requestState that is tampered with, used before, or of another request', async () => {
    const client = hub.modern('old', { name: 'forger', capabilities: ABLE });
    const script = [{ ask: [ELICIT] }];
    const { result } = await client.run(script);
    const retry = answering(result, answer);
    const state = String(retry.requestState);
    const swapped = state.replace(/.(?=.{20}$)/, (letter) => (letter === 'A' ? 'B' : 'A'));
    const forged = [swapped, `${state}x`, 'x', `x${state}`, state.slice(0, -10), 'hub1.', '', 7, { a: 1 }, null];
    for (const requestState of forged) {
      const { answer: refused } = await client.run(script, { retry: { ...retry, requestState } });
      expect([requestState, refused]).toMatchObject([requestState, { error: { code: -32602 } }]);
    }
    const elsewhere = await client.run([...script, { add: { other: 1 } }], { retry });
    expect(elsewhere.answer).toMatchObject({ error: { code: -32602 } });
    const foreign = await hub.modern('curious', { name: 'forger', capabilities: ABLE }).run(script, { retry });
    expect(foreign.answer).toMatchObject({ error: { code: -32602 } });
    // None of it did the call any harm.
    const done = await client.run(script, { retry });
    expect(saidIn(done.result).answers).toEqual([[ANSWERS['elicitation/create']]]);
    const replayed = await client.run(script, { retry });
    expect(replayed.answer).toMatchObject({ error: { code: -32602 } });
  });

  it('is not asked what it did not declare', async () => {
    const client = hub.modern('old', { name: 'mute' });
    const { answer: refused } = await client.run([{ ask: [ELICIT] }]);
    expect(refused).toMatchObject({ error: { message: 'Client does not support elicitation' } });
    const rude = await hub
      .modern('rude', { name: 'mute', capabilities: { roots: {} } })
      .run([{ ask: [ELICIT, ROOTS] }]);
    expect(questionsIn(rude.result).map(([, { method }]) => method)).toEqual(['roots/list']);
  });

  it('is given a process of its own by a server that offers more to clients that can be asked', async () => {
    const names = (result: JsonObject) => (result.tools as { name: string }[]).map(({ name }) => name);
    const plain = hub.modern('curious', { name: 'plain' });
    const able = hub.modern('curious', { name: 'able', capabilities: ABLE });
    const done = await able.run([]);
    expect(names((await able.request('tools/list')).result)).toEqual(['run', 'report', 'confirm']);
    expect(names((await plain.request('tools/list')).result)).toEqual(['run', 'report']);
    expect(saidIn((await plain.run([])).result).pid).not.toBe(saidIn(done.result).pid);
  });
});

describe('a legacy client and a modern server that asks', () => {
  it('is asked by real requests, round after round, and the server gets its answers', async () => {
    const answers = Object.fromEntries(Object.keys(ANSWERS).map((method) => [method, () => answer(method)]));
    const client = await hub.legacy('new', { name: 'old-with-new', capabilities: ABLE, answers });
    const done = await client.run([{ ask: [ELICIT, SAMPLE] }, { ask: [ROOTS] }]);
    expect(client.asked.messages.map(({ method, params }) => ({ method, params }))).toEqual([
      { method: 'elicitation/create', params: ELICIT[1] },
      { method: 'sampling/createMessage', params: SAMPLE[1] },
      { method: 'roots/list', params: {} },
    ]);
    const [elicited, sampled, roots] = ALL_ANSWERS;
    expect(saidIn(done.answer.result).answers).toEqual([[elicited, sampled], [roots]]);
    expect(done.answer.result).not.toHaveProperty('resultType');
  });

  it('is not asked what it did not declare', async () => {
    const client = await hub.legacy('new', { name: 'mute', capabilities: { roots: {} } });
    const { answer: refused } = await client.run([{ ask: [ELICIT] }]);
    expect(refused).toMatchObject({ error: { message: 'Client does not support elicitation' } });
    expect(client.asked.messages).toEqual([]);
  });
});

describe('clients and servers of one era', () => {
  it('legacy: questions and answers pass as they are, within calls and outside them', async () => {
    const answers = Object.fromEntries(Object.keys(ANSWERS).map((method) => [method, () => answer(method)]));
    const client = await hub.legacy('old', { name: 'old-with-old', capabilities: ABLE, answers });
    await client.open();
    const done = await client.run([{ ask: [ELICIT, ROOTS] }, { after: [{ ask: [SAMPLE] }, { updated: 'x:done' }] }]);
    expect(saidIn(done.answer.result).answers).toEqual([[ANSWERS['elicitation/create'], ANSWERS['roots/list']]]);
    const outside = await client.asked.method('sampling/createMessage');
    expect(outside.params).toEqual(SAMPLE[1]);
  });

  it('modern: input_required and the state of the server pass untouched', async () => {
    const client = hub.modern('new', { name: 'new-with-new', capabilities: ABLE });
    const script = [{ ask: [ELICIT, SAMPLE] }];
    const { result } = await client.run(script);
    expect(result).toMatchObject({
      'x-asked': true,
      inputRequests: { q0: { method: 'elicitation/create', params: ELICIT[1] } },
    });
    const done = await client.run(script, { retry: answering(result, answer) });
    expect(saidIn(done.result).answers).toEqual([ALL_ANSWERS.slice(0, 2)]);
  });
});

describe('a question of a server that clients share', () => {
  it('reaches nobody while calls of several clients are under way', async () => {
    const [asking, other] = ['asking', 'other'].map((name) => hub.modern('rude', { name, capabilities: ABLE }));
    const waiting = other?.run([{ until: 'asked' }]);
    const asked = await asking?.run([{ sleep: 50 }, { ask: [ELICIT] }, { release: 'asked' }]);
    const waited = await waiting;
    expect(waited?.result).toMatchObject({ resultType: 'complete' });
    expect(saidIn(asked?.result).answers).toMatchObject([[{ error: { code: -32601 } }]]);
  });
});
