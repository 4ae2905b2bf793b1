import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, type JsonObject, type RpcAnswer } from '../../protocol/json-rpc.ts';
import type { Link } from '../../protocol/peer.ts';
import { LEGACY_REVISION } from '../../protocol/revisions.ts';
import { METHOD_NOT_FOUND, rpcError } from '../rpc-codes.ts';
import { CONNECT_MS, type UpstreamParts } from './upstream.ts';

/** A server that asks as soon as it was greeted does so within this. Milliseconds. */
const LISTENING_MS = 300;
const LIST_MS = 10_000;

const EVERYTHING = { roots: { listChanged: true }, sampling: {}, elicitation: { form: {}, url: {} } };

/**
 * Whether a legacy server behaves otherwise towards a client that can be asked: it asks at once (a request for the roots
 * alone does not count: that is a server that lets its client choose its folders), or it offers other tools. Found out
 * with one connection more, which declares everything and is thrown away.
 */
export async function asksBack({ name, access, version }: UpstreamParts): Promise<boolean> {
  const clientInfo = { name: 'mcp-cockpit', version };
  const initializeParams = { protocolVersion: LEGACY_REVISION, capabilities: EVERYTHING, clientInfo };
  const link = await access.connect(name, { initializeParams, timeoutMs: CONNECT_MS });
  const asked = new Set<string>();
  link.onQuestion(async ({ method }) => {
    asked.add(method);
    return method === 'roots/list' ? { result: { roots: [] } } : rpcError(METHOD_NOT_FOUND, 'not now');
  });
  try {
    const tools = await toolNames(link);
    const known = access.offer(name)?.lists.tools.items.map((tool) => tool.name) ?? [];
    if (tools && (tools.length !== known.length || tools.some((tool) => !known.includes(tool)))) return true;
    await sleep(LISTENING_MS, undefined, { ref: false });
    return [...asked].some((method) => method !== 'roots/list' && method !== 'ping');
  } finally {
    await link.close().catch(() => undefined);
  }
}

async function toolNames(link: Link): Promise<readonly string[] | null> {
  const names: string[] = [];
  let cursor: unknown;
  for (let page = 0; page < 64; page += 1) {
    const params: JsonObject = cursor === undefined ? {} : { cursor };
    const answer = await link.exchange('tools/list', params, { timeoutMs: LIST_MS });
    if ('error' in answer || !Array.isArray(answer.result.tools)) return null;
    for (const tool of answer.result.tools) if (isJsonObject(tool)) names.push(String(tool.name));
    cursor = answer.result.nextCursor;
    if (typeof cursor !== 'string') break;
  }
  return names;
}

/**
 * A call that failed because the server wanted to ask and knew it could not: what the SDKs of both generations say then.
 * The next call of a client that can be asked goes over a connection of its own.
 */
export function refusedForWantOfCapability(answer: RpcAnswer): boolean {
  if ('error' in answer) return WANT.test(answer.error.message);
  if (answer.result.isError !== true || !Array.isArray(answer.result.content)) return false;
  return answer.result.content.some(
    (item) => isJsonObject(item) && typeof item.text === 'string' && WANT.test(item.text),
  );
}

const WANT = /client does not support (?:\w+[ -])?(?:sampling|elicitation|(?:listing )?roots)/i;
