import type { JsonObject } from '../../src/protocol/json-rpc.ts';
import { MessageStream, readMessages } from './message-stream.ts';

export interface LegacyOptions {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly capabilities?: JsonObject;
  readonly revision?: string;
  /** How it answers what servers ask; whatever is not here is asked in vain: it never answers. */
  readonly answers?: Readonly<Record<string, (params: JsonObject) => JsonObject>>;
}

export interface LegacyAnswer {
  readonly status: number;
  /** The result or the error, with its id; empty where there was none. */
  readonly answer: JsonObject;
  /** What came on the same stream before it. */
  readonly told: readonly JsonObject[];
}

/** A client of 2025-11-25 or earlier, down to the bytes: what it sends is what the test says. */
export class LegacyClient {
  /** What came outside the answer to a request, once {@link open} was called. */
  readonly unasked = new MessageStream();
  /** What the hub asked it, on whatever stream. */
  readonly asked = new MessageStream();
  readonly options: LegacyOptions;
  greeting: JsonObject = {};
  sessionId = '';
  #count = 0;
  readonly #open = new AbortController();

  private constructor(options: LegacyOptions) {
    this.options = options;
  }

  static async begin(options: LegacyOptions): Promise<LegacyClient> {
    const client = new LegacyClient(options);
    const { name, capabilities = {}, revision = '2025-11-25' } = options;
    const params = { protocolVersion: revision, capabilities, clientInfo: { name, version: '1' } };
    const response = await client.send({ jsonrpc: '2.0', id: 'first', method: 'initialize', params });
    client.sessionId = response.headers.get('mcp-session-id') ?? '';
    await readMessages(response, (message) => {
      client.greeting = message;
    });
    await client.notify('notifications/initialized');
    return client;
  }

  /** One POST. */
  send(body: unknown, more: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal } = {}) {
    const { url, revision = '2025-11-25' } = this.options;
    return fetch(url, {
      method: 'POST',
      headers: {
        ...this.#headers(),
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(this.sessionId === '' ? {} : { 'mcp-protocol-version': revision }),
        ...more.headers,
      },
      body: JSON.stringify(body),
      ...(more.signal && { signal: more.signal }),
    });
  }

  async request(
    method: string,
    params: JsonObject = {},
    { id, signal, told = new MessageStream() }: { id?: number; signal?: AbortSignal; told?: MessageStream } = {},
  ): Promise<LegacyAnswer> {
    this.#count += 1;
    const own = id ?? this.#count;
    const response = await this.send({ jsonrpc: '2.0', id: own, method, params }, signal ? { signal } : {});
    let answer: JsonObject = {};
    await readMessages(response, (message) => {
      if (message.method === undefined) answer = message;
      else this.#take(message, told);
    });
    return { status: response.status, answer, told: told.messages };
  }

  /** The tool of the scripted server. */
  run(script: readonly JsonObject[], more: Parameters<LegacyClient['request']>[2] & { meta?: JsonObject } = {}) {
    const { meta, ...rest } = more;
    return this.request('tools/call', { name: 'run', arguments: { script }, ...(meta && { _meta: meta }) }, rest);
  }

  async notify(method: string, params?: JsonObject): Promise<number> {
    const response = await this.send({ jsonrpc: '2.0', method, ...(params && { params }) });
    await response.text();
    return response.status;
  }

  /** Opens the GET stream. Resolves when it is open. */
  async open(): Promise<this> {
    const { url } = this.options;
    const response = await fetch(url, {
      headers: { ...this.#headers(), accept: 'text/event-stream' },
      signal: this.#open.signal,
    });
    if (response.status !== 200) throw new Error(`no stream: ${response.status}`);
    void readMessages(response, (message) => this.#take(message, this.unasked)).then(() => this.unasked.end());
    return this;
  }

  /** Lets go of the GET stream. */
  shut(): void {
    this.#open.abort();
  }

  /** DELETE. */
  async end(): Promise<number> {
    const response = await fetch(this.options.url, { method: 'DELETE', headers: this.#headers() });
    await response.text();
    return response.status;
  }

  #headers(): Record<string, string> {
    const session: Record<string, string> = this.sessionId === '' ? {} : { 'mcp-session-id': this.sessionId };
    return { authorization: `Bearer ${this.options.token}`, ...session };
  }

  #take(message: JsonObject, stream: MessageStream): void {
    if (message.id === undefined) {
      stream.push(message);
      return;
    }
    this.asked.push(message);
    const answer = this.options.answers?.[String(message.method)];
    if (!answer) return;
    const result = answer((message.params ?? {}) as JsonObject);
    void this.send({ jsonrpc: '2.0', id: message.id, result }).then((response) => response.text());
  }
}
