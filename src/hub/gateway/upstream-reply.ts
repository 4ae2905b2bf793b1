import { isJsonObject, type JsonObject, type RpcAnswer } from '../../protocol/json-rpc.ts';
import { META_SERVER_INFO } from '../../protocol/revisions.ts';
import type { Client, Reply } from '../call.ts';
import { MISSING_CAPABILITY, rpcError, SERVER_ERROR } from '../rpc-codes.ts';
import { type Address, addressed } from './addresses.ts';

/** What a server answered as the gateway answers it: in its own name, and saying who it is that wants more of the client. */
export function inOwnName(reply: Reply, server: string, client: Client): Reply {
  const { era, answer } = reply;
  if ('error' in answer) {
    return answer.error.code === MISSING_CAPABILITY
      ? { era, answer: wantOf(server, client, answer.error.data) }
      : reply;
  }
  const { _meta, ...result } = answer.result;
  if (!isJsonObject(_meta) || _meta[META_SERVER_INFO] === undefined) return reply;
  const { [META_SERVER_INFO]: _info, ...meta } = _meta;
  return { era, answer: { result: Object.keys(meta).length > 0 ? { ...result, _meta: meta } : result } };
}

function wantOf(server: string, { capabilities }: Client, data: unknown): RpcAnswer {
  const required = isJsonObject(data) && isJsonObject(data.requiredCapabilities) ? data.requiredCapabilities : {};
  const missing = Object.keys(required).filter((kind) => capabilities[kind] === undefined);
  // What the client offers and the gateway cannot pass on, it must not be sent off to declare.
  if (missing.length === 0) return rpcError(SERVER_ERROR, `${server} wants more of its client than is passed on here`);
  const why = `${server} cannot do this for a client that does not offer ${missing.join(' and ')}: use one that does`;
  return rpcError(MISSING_CAPABILITY, why, data);
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
