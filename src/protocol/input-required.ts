import { isJsonObject, type JsonObject, type RpcAnswer, type RpcRequest } from './json-rpc.ts';
import { excerpt, PeerError, rpcFailure } from './peer-error.ts';

/** Answers one question of a server: an elicitation, a sampling, or the roots. */
export type Ask = (question: RpcRequest) => Promise<RpcAnswer>;

/** A server that asks more often never comes to an end. */
const MAX_ROUNDS = 20;

/**
 * Sends a request of the modern era until its result is complete (2026-07-28, multi round-trip requests): where the server
 * needs input, its questions are asked, all of one round at once, and the request is sent again with the answers and
 * the untouched state. Rejects with a {@link PeerError} where a question cannot be answered.
 */
export async function untilComplete(
  method: string,
  params: JsonObject,
  send: (params: JsonObject) => Promise<JsonObject>,
  ask: Ask,
): Promise<JsonObject> {
  let sent = params;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const result = await send(sent);
    if (result.resultType === undefined || result.resultType === 'complete') return result;
    if (result.resultType !== 'input_required') throw unknownKind(method, result.resultType);
    const { requestState } = result;
    sent = {
      ...params,
      ...(result.inputRequests !== undefined && { inputResponses: await answersTo(result.inputRequests, ask) }),
      ...(requestState !== undefined && { requestState }),
    };
  }
  const what = `the server asked ${MAX_ROUNDS} times for more and did not answer ${method}`;
  throw new PeerError('protocol', { what });
}

async function answersTo(requests: unknown, ask: Ask): Promise<JsonObject> {
  const questions = isJsonObject(requests) ? Object.entries(requests) : [];
  const answers = await Promise.all(
    questions.map(async ([key, question]) => [key, await answerTo(key, question, ask)] as const),
  );
  return Object.fromEntries(answers);
}

async function answerTo(key: string, question: unknown, ask: Ask): Promise<JsonObject> {
  const { method, params } = isJsonObject(question) ? question : {};
  if (typeof method !== 'string') {
    throw new PeerError('protocol', { what: 'the server needs input without saying which' });
  }
  const answer = await ask({ jsonrpc: '2.0', id: key, method, ...(isJsonObject(params) && { params }) });
  if ('result' in answer) return answer.result;
  const { problem, rpc } = rpcFailure(method, answer.error);
  throw new PeerError(
    'protocol',
    { ...problem, what: `the server needs ${excerpt(method)}, which was not answered` },
    { rpc },
  );
}

function unknownKind(method: string, resultType: unknown): PeerError {
  const what = `the server answered ${method} with a result of an unknown kind`;
  return new PeerError('protocol', { what, why: `resultType is ${excerpt(JSON.stringify(resultType))}` });
}
