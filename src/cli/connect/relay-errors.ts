import { isRequest, type RpcError, type RpcMessage } from '../../protocol/json-rpc.ts';
import { PeerError } from '../../protocol/peer-error.ts';
import { ProblemError, problemSentence } from '../../registry/problem.ts';

const SERVER_ERROR = -32000;

/** Requests that change nothing: sent again where their answer was lost. */
const REPEATABLE =
  /^(ping|initialize|server\/discover|subscriptions\/listen|resources\/(read|(un)?subscribe)|logging\/setLevel|completion\/complete|prompts\/get|(tools|prompts|resources|resources\/templates)\/list)$/;

/** It never arrived, or does no harm if it did. */
export function mayBeSaidAgain(error: unknown, message: RpcMessage): boolean {
  if (!(error instanceof PeerError)) return false;
  if (error.kind === 'refused') return true;
  return error.kind === 'closed' && error.rpc === null && isRequest(message) && REPEATABLE.test(message.method);
}

/** What a request is answered with that failed: the server's own error where there is one. */
export function errorOf(error: unknown): RpcError {
  if (error instanceof PeerError && error.rpc) return error.rpc;
  if (error instanceof PeerError && error.kind === 'closed') {
    return {
      code: SERVER_ERROR,
      message: 'the supervisor ended while this was under way; it may or may not have been done',
    };
  }
  const message = error instanceof ProblemError ? problemSentence(error.problem) : String(error);
  return { code: SERVER_ERROR, message };
}
