import { isJsonObject, type JsonObject } from '../../protocol/json-rpc.ts';
import { META_SERVER_INFO } from '../../protocol/revisions.ts';
import type { Reply } from '../call.ts';
import { MISSING_CAPABILITY, rpcError, SERVER_ERROR } from '../rpc-codes.ts';
import { type Address, addressed } from './addresses.ts';

/**
 * What a server answered as the gateway answers it: in its own name, and without sending the client off to declare what
 * it cannot do to somebody it does not talk to.
 */
export function inOwnName(reply: Reply, server: string): Reply {
  const { era, answer } = reply;
  if ('error' in answer) {
    if (answer.error.code !== MISSING_CAPABILITY) return reply;
    return { era, answer: rpcError(SERVER_ERROR, wantOf(server, answer.error.data)) };
  }
  const { _meta, ...result } = answer.result;
  if (!isJsonObject(_meta) || _meta[META_SERVER_INFO] === undefined) return reply;
  const { [META_SERVER_INFO]: _info, ...meta } = _meta;
  return { era, answer: { result: Object.keys(meta).length > 0 ? { ...result, _meta: meta } : result } };
}

function wantOf(server: string, data: unknown): string {
  const required = isJsonObject(data) && isJsonObject(data.requiredCapabilities) ? data.requiredCapabilities : {};
  const kinds = Object.keys(required).join(' and ') || 'something';
  return `${server} cannot do this for a client that does not offer ${kinds}: use one that does`;
}

/** The contents of a resource under the URI that was asked for. */
export function underAsked(reply: Reply, address: Address, asked: string): Reply {
  if (asked === address.uri || 'error' in reply.answer) return reply;
  const { contents } = reply.answer.result;
  if (!Array.isArray(contents)) return reply;
  const readdressed = contents.map((content: JsonObject) =>
    typeof content.uri === 'string' ? { ...content, uri: addressed({ ...address, uri: content.uri }) } : content,
  );
  return { era: reply.era, answer: { result: { ...reply.answer.result, contents: readdressed } } };
}
