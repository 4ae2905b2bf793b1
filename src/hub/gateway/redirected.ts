import type { JsonObject } from '../../protocol/json-rpc.ts';
import type { Call, Client } from '../call.ts';
import { METHOD_NOT_FOUND, rpcError } from '../rpc-codes.ts';

/** The same call, for something else: progress, questions and the client's patience are those of the first. */
export function redirected(call: Call, method: string, params: JsonObject): Call {
  const { client, logLevel, signal, ask } = call;
  return {
    client: withoutTasks(client),
    method,
    params,
    logLevel,
    signal,
    ask,
    tell: (notification) => call.tell(notification),
    routed: (server) => call.routed(server),
  };
}

/** A request of the gateway's own on behalf of a client: nobody is told or asked anything. */
export function quietCall(client: Client, method: string, params: JsonObject, signal: AbortSignal): Call {
  return {
    client: withoutTasks(client),
    method,
    params,
    logLevel: null,
    signal,
    tell: () => undefined,
    ask: async () => rpcError(METHOD_NOT_FOUND, 'nobody is asked for a list'),
    routed: () => undefined,
  };
}

const TASKS = 'io.modelcontextprotocol/tasks';

/** The id of a task does not say whose it is, so no server may answer with one. */
function withoutTasks(client: Client): Client {
  const { tasks, ...capabilities } = client.capabilities;
  const extensions = capabilities.extensions as JsonObject | undefined;
  if (tasks === undefined && extensions?.[TASKS] === undefined) return client;
  const { [TASKS]: _tasks, ...others } = extensions ?? {};
  const kept = { ...capabilities, ...(extensions && { extensions: others }) };
  const { initializeParams } = client;
  return {
    ...client,
    capabilities: kept,
    initializeParams: initializeParams && { ...initializeParams, capabilities: kept },
  };
}
