import type { JsonObject } from '../../src/protocol/json-rpc.ts';
import { MessageStream, readMessages } from './message-stream.ts';

export interface ModernOptions {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly capabilities?: JsonObject;
}

export interface ModernCall {
  readonly id?: string | number;
  readonly meta?: JsonObject;
  readonly logLevel?: string;
  readonly capabilities?: JsonObject;
  /** Over the standard ones; null leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly signal?: AbortSignal;
  readonly told?: MessageStream;
}

export interface ModernAnswer {
  readonly status: number;
  readonly answer: JsonObject;
  readonly result: JsonObject;
  readonly told: readonly JsonObject[];
}

const META = 'io.modelcontextprotocol/';

/** A client of 2026-07-28, down to the bytes: what it sends is what the test says. */
export class ModernClient {
  readonly options: ModernOptions;
  #count = 0;

  constructor(options: ModernOptions) {
    this.options = options;
  }

  send(method: string, params: JsonObject, call: ModernCall = {}): Promise<Response> {
    const { url, token, name, capabilities = {} } = this.options;
    this.#count += 1;
    const named =
      method === 'resources/read' ? params.uri : /^(tools|prompts)\//.test(method) ? params.name : undefined;
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof named === 'string' && { 'mcp-name': named }),
      ...call.headers,
    };
    const _meta = {
      [`${META}protocolVersion`]: '2026-07-28',
      [`${META}clientCapabilities`]: call.capabilities ?? capabilities,
      [`${META}clientInfo`]: { name, version: '1' },
      ...(call.logLevel !== undefined && { [`${META}logLevel`]: call.logLevel }),
      ...call.meta,
    };
    return fetch(url, {
      method: 'POST',
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== null)) as Record<
        string,
        string
      >,
      body: JSON.stringify({ jsonrpc: '2.0', id: call.id ?? this.#count, method, params: { ...params, _meta } }),
      ...(call.signal && { signal: call.signal }),
    });
  }

  async request(method: string, params: JsonObject = {}, call: ModernCall = {}): Promise<ModernAnswer> {
    const { told = new MessageStream() } = call;
    const response = await this.send(method, params, call);
    let answer: JsonObject = {};
    await readMessages(response, (message) => {
      if (message.method === undefined) answer = message;
      else told.push(message);
    });
    return { status: response.status, answer, result: (answer.result ?? {}) as JsonObject, told: told.messages };
  }

  /** The tool of the scripted server. `retry`: what comes with the answers to its questions. */
  run(script: readonly JsonObject[], { retry = {}, ...call }: ModernCall & { retry?: JsonObject } = {}) {
    return this.request('tools/call', { name: 'run', arguments: { script }, ...retry }, call);
  }

  /** `subscriptions/listen`; ends with the returned function. */
  listen(notifications: JsonObject, id: string | number): { readonly stream: MessageStream; close(): void } {
    const stream = new MessageStream();
    const abort = new AbortController();
    void this.send('subscriptions/listen', { notifications }, { id, signal: abort.signal })
      .then((response) => readMessages(response, (message) => stream.push(message)))
      .catch(() => undefined)
      .finally(() => stream.end());
    return { stream, close: () => abort.abort() };
  }
}

/** The questions of an `input_required` result, in order: key and request. */
export function questionsIn({ inputRequests }: JsonObject): readonly (readonly [string, JsonObject])[] {
  return Object.entries((inputRequests ?? {}) as Record<string, JsonObject>);
}

/** What a retry carries to answer all questions of a result in the same way. */
export function answering(result: JsonObject, answer: (method: string, params: JsonObject) => JsonObject): JsonObject {
  const inputResponses = Object.fromEntries(
    questionsIn(result).map(([key, { method, params }]) => [key, answer(String(method), params as JsonObject)]),
  );
  return { inputResponses, requestState: result.requestState };
}

/** What the scripted server said in its answer. */
export function saidIn(result: unknown): JsonObject {
  const { content, messages, contents } = result as Record<string, { text?: string; content?: { text: string } }[]>;
  const text = content?.[0]?.text ?? messages?.[0]?.content?.text ?? contents?.[0]?.text ?? '';
  if (!text.startsWith('{')) throw new Error(`this is no report: ${JSON.stringify(result)}`);
  return JSON.parse(text) as JsonObject;
}
