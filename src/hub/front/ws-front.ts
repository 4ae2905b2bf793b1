import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import {
  isNotification,
  isRequest,
  messagesIn,
  type RequestId,
  type RpcMessage,
  type RpcRequest,
} from '../../protocol/json-rpc.ts';
import type { Back } from '../call.ts';
import type { ClientBook } from '../clients.ts';
import { INVALID_REQUEST, PARSE_ERROR, rpcError } from '../rpc-codes.ts';
import type { Tap } from '../tap/tap.ts';
import type { AnswerStream } from './answer-stream.ts';
import { BEHIND_BYTES } from './http-reply.ts';
import type { ModernFront } from './modern-front.ts';
import { eraOf } from './modern-request.ts';
import { StreamSession } from './stream-session.ts';

export interface WsParts {
  /** `/weather/ws` */
  readonly endpoint: string;
  readonly back: Back;
  readonly clients: ClientBook;
  readonly tap: Tap;
  readonly modern: ModernFront;
  /** Size limit of one message, in bytes. */
  maxBytes(): number;
}

/** Close codes (RFC 6455, 7.4.1). */
const GOING_AWAY = 1001;
const UNSUPPORTED_DATA = 1003;

/**
 * Raw JSON-RPC over WebSocket, one message per text frame, for debugging with programs such as websocat. A request with
 * the modern envelope stands alone; everything else is one legacy session, which needs no handshake here.
 */
export class WsFront {
  readonly #parts: WsParts;
  readonly #open = new Set<WebSocket>();

  constructor(parts: WsParts) {
    this.#parts = parts;
  }

  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  /** Takes over a connection that wants to be a WebSocket and may. */
  accept(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const maxPayload = this.#parts.maxBytes();
    const server = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload });
    server.handleUpgrade(incoming, socket, head, (it) => this.#serve(it, incoming));
  }

  close(): void {
    for (const socket of this.#open) {
      socket.close(GOING_AWAY);
      socket.terminate();
    }
  }

  #serve(it: WebSocket, { socket }: IncomingMessage): void {
    const { endpoint, back, clients, tap, modern } = this.#parts;
    const say = (message: RpcMessage): number => {
      const text = JSON.stringify(message);
      it.send(text, () => undefined);
      return Buffer.byteLength(text);
    };
    const tell = (message: RpcMessage): boolean => {
      if (it.readyState !== it.OPEN || it.bufferedAmount > BEHIND_BYTES) return false;
      say(message);
      return true;
    };
    const outlet = { say, tell: (message: RpcMessage) => void tell(message) };
    const session = new StreamSession({ endpoint, back, clients, tap, socket, outlet, via: 'ws', bare: true });
    const answers = new Map<RequestId, FrameAnswer>();
    const ask = async (request: RpcRequest, bytes: number): Promise<void> => {
      const answer = new FrameAnswer(outlet.say, tell, () => answers.delete(request.id));
      answers.set(request.id, answer);
      await modern.post(request, bytes, { socket, headers: null, via: 'ws' }, answer, () => undefined);
    };
    const receive = async (message: RpcMessage, bytes: number): Promise<void> => {
      const given = isNotification(message) ? answers.get(cancelledBy(message)) : undefined;
      if (given) given.abandon();
      else if (isRequest(message) && eraOf(message, {}) === 'modern') await ask(message, bytes);
      else await session.receive(message, bytes);
    };
    this.#open.add(it);
    it.on('message', (data, isBinary) => {
      if (isBinary) return it.close(UNSUPPORTED_DATA, 'one JSON-RPC message per text frame, please');
      const read = messagesOf(data);
      if ('error' in read) say({ jsonrpc: '2.0', id: null, ...read });
      else for (const message of read.messages) void receive(message, read.bytes);
    });
    // A frame that is too large, or none at all: the library closes the connection with the code that says so.
    it.on('error', () => undefined);
    it.on('close', () => {
      this.#open.delete(it);
      for (const answer of [...answers.values()]) answer.abandon();
      session.end();
    });
  }
}

/** The answer to one modern request among all that a connection carries. */
class FrameAnswer implements AnswerStream {
  readonly #say: (message: RpcMessage) => number;
  readonly #tell: (message: RpcMessage) => boolean;
  readonly #done: () => void;
  readonly #listeners = new Set<() => void>();
  #state: 'open' | 'ended' | 'gone' = 'open';

  constructor(say: (message: RpcMessage) => number, tell: (message: RpcMessage) => boolean, done: () => void) {
    this.#say = say;
    this.#tell = tell;
    this.#done = done;
  }

  onGone(listener: () => void): void {
    if (this.#state === 'gone') queueMicrotask(listener);
    else this.#listeners.add(listener);
  }

  tell(message: RpcMessage): boolean {
    return this.#state === 'open' && this.#tell(message);
  }

  end(message: RpcMessage): number {
    if (this.#state !== 'open') return 0;
    this.close();
    return this.#say(message);
  }

  stream(): void {}

  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ended';
    this.#done();
  }

  /** The client wants no answer any more. */
  abandon(): void {
    if (this.#state !== 'open') return;
    this.#state = 'gone';
    this.#done();
    for (const listener of this.#listeners) listener();
  }
}

type Read = { readonly messages: readonly RpcMessage[]; readonly bytes: number } | ReturnType<typeof rpcError>;

function messagesOf(data: RawData): Read {
  const text = String(data);
  try {
    const messages = messagesIn(JSON.parse(text));
    if (messages.length > 0) return { messages, bytes: Buffer.byteLength(text) };
    return rpcError(INVALID_REQUEST, 'Invalid request: this is no JSON-RPC message');
  } catch {
    return rpcError(PARSE_ERROR, 'Parse error: the frame is no JSON');
  }
}

function cancelledBy({ method, params }: { readonly method: string; readonly params?: unknown }): RequestId {
  const id =
    method === 'notifications/cancelled' && typeof params === 'object' && params !== null && 'requestId' in params;
  return id ? (params.requestId as RequestId) : '';
}
