import type { JsonObject } from '../../src/protocol/json-rpc.ts';

const GUARD_MS = 20_000;

/** Messages as they come in, on one stream or on all of a client, to be looked at and waited for. */
export class MessageStream {
  readonly messages: JsonObject[] = [];
  readonly #watchers = new Set<() => void>();
  #ended = false;

  get hasEnded(): boolean {
    return this.#ended;
  }

  push(message: JsonObject): void {
    this.messages.push(message);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  of(method: string): readonly JsonObject[] {
    return this.messages.filter((message) => message.method === method);
  }

  /** Resolves with the first message that fits, also one that came before. */
  async until(what: string, fits: (message: JsonObject) => boolean): Promise<JsonObject> {
    return await this.#when(what, () => this.messages.find(fits));
  }

  method(method: string): Promise<JsonObject> {
    return this.until(method, (message) => message.method === method);
  }

  async ended(): Promise<void> {
    await this.#when('the end of the stream', () => this.#ended || undefined);
  }

  #when<T>(what: string, look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const seen = (): void => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#watchers.delete(seen);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(seen);
        reject(new Error(`never came: ${what}; there is ${JSON.stringify(this.messages).slice(0, 2000)}`));
      }, GUARD_MS);
      this.#watchers.add(seen);
      seen();
    });
  }

  #wake(): void {
    for (const look of [...this.#watchers]) look();
  }
}

/** Reads the body of a response, JSON or event stream, message by message. Returns when it ends, however it ends. */
export async function readMessages(response: Response, each: (message: JsonObject) => void): Promise<void> {
  const type = response.headers.get('content-type') ?? '';
  if (type.includes('application/json')) {
    const body: unknown = await response.json();
    for (const message of Array.isArray(body) ? body : [body]) each(message);
    return;
  }
  if (!type.includes('text/event-stream') || !response.body) {
    await response.text();
    return;
  }
  let rest = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body) {
      rest += decoder.decode(chunk, { stream: true });
      const events = rest.split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const data = event.split('\n').flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []));
        if (data.length === 0) continue;
        const body: unknown = JSON.parse(data.join('\n'));
        for (const message of Array.isArray(body) ? body : [body]) each(message);
      }
    }
  } catch {
    // Broken off: by us, or by the end of the other side.
  }
}
