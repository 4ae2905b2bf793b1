import type { Socket } from 'node:net';
import { isErrorResponse, isNotification, isRequest, isResponse, METHOD_NOT_FOUND } from '../protocol/json-rpc.ts';
import { FrameReader, frame } from './control-frames.ts';

/** An answer that is an error, as it goes over the wire and comes out at the other end. */
export class ResponseError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** What an end of the wire does with what comes in. */
export interface Receiver {
  /** Answers to requests by method; whatever they throw that is no {@link ResponseError} is an internal error. */
  readonly requests?: Readonly<Record<string, (params: unknown) => Promise<unknown>>>;
  notified?(method: string, params: unknown): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * JSON-RPC 2.0 over a socket, for both ends. On every command's path, hence no library: what a library for editors offers
 * beyond this took longer to load than a command has. A stream that is none destroys the socket.
 */
export class ControlWire {
  readonly #socket: Socket;
  readonly #receiver: Receiver;
  readonly #frames = new FrameReader();
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor(socket: Socket, receiver: Receiver) {
    this.#socket = socket;
    this.#receiver = receiver;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  /** The result, unchecked. Rejects with a {@link ResponseError}, or with what {@link abandon} was given. */
  request(method: string, params: unknown): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId += 1;
    const answer = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#send({ id, method, params });
    return answer;
  }

  /** Resolves when it is written, and all that was sent before it. Rejects when it cannot be. */
  notify(method: string, params?: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#send({ method, params }, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Nothing that is awaited will come any more. */
  abandon(reason: Error): void {
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  #read(chunk: Buffer): void {
    let messages: readonly unknown[];
    try {
      messages = this.#frames.push(chunk).map((text): unknown => JSON.parse(text));
    } catch {
      this.#socket.destroy();
      return;
    }
    for (const message of messages) this.#receive(message);
  }

  #receive(message: unknown): void {
    if (isRequest(message)) void this.#answer(message.id, message.method, message.params);
    else if (isNotification(message)) this.#receiver.notified?.(message.method, message.params);
    else if (isResponse(message)) this.#settle(message.id)?.resolve(message.result);
    else if (isErrorResponse(message)) {
      const { code, message: text, data } = message.error;
      this.#settle(message.id)?.reject(new ResponseError(code, text, data));
    }
  }

  #settle(id: unknown): Pending | undefined {
    if (typeof id !== 'number') return undefined;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  async #answer(id: unknown, method: string, params: unknown): Promise<void> {
    const handle = Object.hasOwn(this.#receiver.requests ?? {}, method) ? this.#receiver.requests?.[method] : undefined;
    try {
      if (!handle) throw new ResponseError(METHOD_NOT_FOUND, `no method is called ${method}`);
      this.#send({ id, result: (await handle(params)) ?? null });
    } catch (error) {
      const { code, message, data } = error instanceof ResponseError ? error : new ResponseError(-32603, String(error));
      this.#send({ id, error: { code, message, data } });
    }
  }

  #send(message: Readonly<Record<string, unknown>>, written?: (error?: Error | null) => void): void {
    this.#socket.write(frame(JSON.stringify({ jsonrpc: '2.0', ...message })), written);
  }
}
