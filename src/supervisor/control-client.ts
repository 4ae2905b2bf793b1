import { connect, type Socket } from 'node:net';
import { type Problem, ProblemError } from '../registry/problem.ts';
import type {
  CallOutcome,
  CallRequest,
  ClientsView,
  Outcome,
  RegistryView,
  ServerTools,
  Snapshot,
  StartOptions,
  SupervisorApi,
  SupervisorEvent,
  SupervisorInfo,
  TrafficDetail,
  TrafficPage,
  TrafficQuery,
  UnitDetail,
} from './api.ts';
import type { Method, Params, Results } from './control-protocol.ts';
import { ControlWire, ResponseError } from './control-wire.ts';
import { CONTROL_VERSION, EVENT } from './control-words.ts';

/** The API over the control socket. A lost connection fails what is under way and tells subscribers `closed`. */
export class ControlClient implements SupervisorApi {
  readonly #socket: Socket;
  readonly #callerEnv: () => Record<string, string>;
  readonly #wire: ControlWire;
  readonly #listeners = new Set<(event: SupervisorEvent) => void>();
  #closed = false;

  /** @param callerEnv what every start tells of the caller's environment */
  constructor(socket: Socket, callerEnv: () => Record<string, string>) {
    this.#socket = socket;
    this.#callerEnv = callerEnv;
    this.#wire = new ControlWire(socket, {
      notified: (method, params) => {
        if (method === EVENT) this.#emit(params as SupervisorEvent);
      },
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#onClosed());
  }

  hello(version: string): Promise<Results['hello']> {
    return this.#request('hello', { control: CONTROL_VERSION, version });
  }

  info(): Promise<SupervisorInfo> {
    return this.#request('info', {});
  }

  snapshot(): Promise<Snapshot> {
    return this.#request('snapshot', {});
  }

  describe(name: string): Promise<UnitDetail> {
    return this.#request('describe', { name });
  }

  start(names: readonly string[], options: StartOptions): Promise<readonly Outcome[]> {
    return this.#request('start', { names: [...names], options: this.#asked(options) });
  }

  stop(names: readonly string[]): Promise<readonly Outcome[]> {
    return this.#request('stop', { names: [...names] });
  }

  restart(names: readonly string[], options: StartOptions): Promise<readonly Outcome[]> {
    return this.#request('restart', { names: [...names], options: this.#asked(options) });
  }

  reload(): Promise<RegistryView> {
    return this.#request('reload', {});
  }

  async subscribe(listener: (event: SupervisorEvent) => void): Promise<() => void> {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) await this.#request('subscribe', {});
    else listener({ type: 'snapshot', snapshot: await this.snapshot() });
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0 && !this.#closed) this.#request('unsubscribe', {}).catch(() => undefined);
    };
  }

  clients(): Promise<ClientsView> {
    return this.#request('clients', {});
  }

  traffic(query: TrafficQuery): Promise<TrafficPage> {
    return this.#request('traffic', query);
  }

  message(seq: number): Promise<TrafficDetail | null> {
    return this.#request('message', { seq });
  }

  tools(names: readonly string[] | null): Promise<readonly ServerTools[]> {
    return this.#request('tools', { names: names && [...names] });
  }

  async acceptTools(server: string): Promise<void> {
    await this.#request('acceptTools', { server });
  }

  call(request: CallRequest): Promise<CallOutcome> {
    return this.#request('call', request);
  }

  async shutdown(options: { readonly all: boolean }): Promise<void> {
    await this.#request('shutdown', options);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#socket.end();
    this.#socket.destroySoon();
  }

  #asked({ waitMs, env, callerEnv }: StartOptions): Params<'start'>['options'] {
    return { waitMs, callerEnv: { ...(callerEnv ?? this.#callerEnv()) }, ...(env && { env: { ...env } }) };
  }

  async #request<M extends Method>(method: M, params: Params<M>): Promise<Results[M]> {
    if (this.#closed) throw new ProblemError(CONNECTION_LOST);
    try {
      return (await this.#wire.request(method, params)) as Results[M];
    } catch (error) {
      throw fromResponse(error);
    }
  }

  #onClosed(): void {
    this.#closed = true;
    this.#wire.abandon(new ProblemError(CONNECTION_LOST));
    this.#emit({ type: 'closed', reason: 'the supervisor ended or the connection to it was lost' });
  }

  #emit(event: SupervisorEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

const CONNECTION_LOST: Problem = {
  what: 'the connection to the supervisor was lost',
  why: 'it ended or was killed; HTTP servers go on running and are adopted by the next one',
  next: 'run the command again',
};

/**
 * ECONNRESET: it died while we waited to be let in. ENOTDIR: the runtime directory is a file, which whoever needs it
 * will say better.
 */
const NOBODY_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'ENOTDIR']);

/** The socket, or null when nobody listens there. */
export function openSocket(path: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (NOBODY_THERE.has(error.code ?? '')) resolve(null);
      else reject(error);
    });
  });
}

function fromResponse(error: unknown): unknown {
  if (!(error instanceof ResponseError)) return error;
  const { data } = error;
  if (typeof data === 'object' && data !== null && 'problem' in data) return new ProblemError(data.problem as Problem);
  return new ProblemError({ what: error.message });
}
