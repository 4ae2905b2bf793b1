import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '../registry/problem.ts';
import type { StartOptions, SupervisorApi, SupervisorEvent } from './api.ts';
import { openDoor } from './control-door.ts';
import { type Method, type Params, REQUESTS, type Results } from './control-protocol.ts';
import { ControlWire, ResponseError } from './control-wire.ts';
import { CONTROL_VERSION, EVENT } from './control-words.ts';

/** Bytes a client may leave unread before its events are dropped; it gets a fresh snapshot when it reads again. */
const BEHIND_BYTES = 1_000_000;

/** A client that does not read holds nobody up for longer (milliseconds). */
const FAREWELL_MS = 500;

/** How soon a socket file that somebody deleted is there again (milliseconds). */
const REOPEN_MS = 2_000;

export interface ControlServer {
  readonly clients: number;
  /** Stops listening, ends every connection, removes the socket file. */
  close(): Promise<void>;
}

/**
 * Serves the API on a Unix socket (mode 0600). A stale socket file of a dead supervisor is replaced: the caller holds
 * the lock, so nobody else can be listening. One that is deleted (by hand, or by a cleaner of temporary folders) comes back.
 *
 * @param place where it stands; asked again when it is gone, as its folder may be gone as well
 * @param engine what ends it; who comes while it ends is shown out, and finds the next one
 */
export async function serveControl(
  api: SupervisorApi,
  place: () => string,
  version: string,
  onClients: (count: number) => void,
  engine: { readonly isEnding: boolean },
): Promise<ControlServer> {
  const open = new Set<Socket>();
  let told = false;
  const onConnection = (socket: Socket): void => {
    if (told || engine.isEnding) {
      socket.destroy();
      return;
    }
    const onEndTold = () => {
      told = true;
    };
    serveClient(api, socket, version, onEndTold);
    open.add(socket);
    onClients(open.size);
    socket.on('close', () => {
      open.delete(socket);
      onClients(open.size);
    });
  };
  let closed = false;
  let door = await openDoor(place(), onConnection);
  const reopen = async (): Promise<void> => {
    if (!door.isGone()) return;
    const fresh = await openDoor(place(), onConnection);
    door.close();
    door = fresh;
    if (closed) fresh.close();
  };
  // Where it cannot be made now it is tried again: nothing else depends on it.
  const watch = setInterval(() => void reopen().catch(() => undefined), REOPEN_MS).unref();
  return {
    get clients() {
      return open.size;
    },
    close: async () => {
      closed = true;
      clearInterval(watch);
      door.close();
      const ended = [...open].map((socket) => {
        socket.end();
        setTimeout(() => socket.destroy(), 500).unref();
        return new Promise<void>((resolve) => socket.once('close', () => resolve()));
      });
      await Promise.all(ended);
    },
  };
}

/** @param onEndTold called before it is answered that the supervisor ends */
function serveClient(api: SupervisorApi, socket: Socket, version: string, onEndTold: () => void): void {
  const feed = new EventFeed(api, socket, (event) => wire.notify(EVENT, event));
  const handlers: { readonly [M in Method]: (params: Params<M>) => Promise<Results[M]> } = {
    hello: async () => ({ control: CONTROL_VERSION, version, pid: process.pid }),
    info: () => api.info(),
    snapshot: () => api.snapshot(),
    describe: ({ name }) => api.describe(name),
    start: ({ names, options }) => api.start(names, withoutUndefined(options)),
    stop: ({ names }) => api.stop(names),
    restart: ({ names, options }) => api.restart(names, withoutUndefined(options)),
    reload: () => api.reload(),
    subscribe: async () => feed.open(),
    unsubscribe: async () => feed.close(),
    clients: () => api.clients(),
    traffic: ({ server = null, ...query }) => api.traffic({ ...query, server }),
    message: ({ seq }) => api.message(seq),
    tools: ({ names }) => api.tools(names),
    acceptTools: async ({ server }) => {
      await api.acceptTools(server);
      return null;
    },
    call: (request) => api.call(request),
    shutdown: async ({ all }) => {
      if (all) await api.stop((await api.snapshot()).units.map(({ name }) => name));
      onEndTold();
      // The answer goes out first: ending the supervisor also ends this very connection.
      setTimeout(() => void written(wire).finally(() => api.close()), 0);
      return null;
    },
  };
  const methods = Object.keys(REQUESTS) as Method[];
  const requests = Object.fromEntries(methods.map((method) => [method, checked(method, handlers[method] as Handler)]));
  const wire = new ControlWire(socket, { requests });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => feed.close());
}

type Handler = (params: unknown) => Promise<unknown>;

/** Parameters are checked before, and what goes wrong is put into an answer after. */
function checked(method: Method, handle: Handler): Handler {
  return async (params) => {
    const parsed = REQUESTS[method].safeParse(params);
    if (!parsed.success)
      throw new ResponseError(-32602, `${method}: ${parsed.error.issues[0]?.message ?? 'wrong parameters'}`);
    try {
      return await handle(parsed.data);
    } catch (error) {
      throw toResponseError(error);
    }
  };
}

/** The events one client gets; a client that stopped reading costs nothing and catches up with one snapshot. */
class EventFeed {
  readonly #api: SupervisorApi;
  readonly #socket: Socket;
  readonly #notify: (event: SupervisorEvent) => Promise<void>;
  #cancel: (() => void) | null = null;
  #behind = false;

  constructor(api: SupervisorApi, socket: Socket, notify: (event: SupervisorEvent) => Promise<void>) {
    this.#api = api;
    this.#socket = socket;
    this.#notify = notify;
  }

  async open(): Promise<null> {
    if (!this.#cancel) {
      this.#cancel = () => undefined;
      this.#cancel = await this.#api.subscribe((event) => this.#send(event));
    }
    return null;
  }

  close(): null {
    this.#cancel?.();
    this.#cancel = null;
    return null;
  }

  #send(event: SupervisorEvent): void {
    if (this.#behind || this.#socket.destroyed) return;
    if (this.#socket.writableLength > BEHIND_BYTES) {
      this.#behind = true;
      this.#socket.once('drain', () => void this.#catchUp());
      return;
    }
    this.#notify(event).catch(() => this.#socket.destroy());
  }

  async #catchUp(): Promise<void> {
    this.#behind = false;
    if (this.#cancel) this.#send({ type: 'snapshot', snapshot: await this.#api.snapshot() });
  }
}

/** Messages go out one after another, so that whatever was to be said before this one has been said. */
async function written(wire: ControlWire): Promise<void> {
  const farewell = wire.notify('farewell').catch(() => undefined);
  await Promise.race([farewell, sleep(FAREWELL_MS)]);
}

function withoutUndefined({ waitMs, env, callerEnv }: Params<'start'>['options']): StartOptions {
  return { waitMs, ...(env && { env }), ...(callerEnv && { callerEnv }) };
}

function toResponseError(error: unknown): ResponseError {
  if (error instanceof ProblemError) return new ResponseError(-32000, error.message, { problem: error.problem });
  return new ResponseError(-32603, error instanceof Error ? error.message : String(error));
}
