import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { expandTilde } from '../registry/expand.ts';
import type { Problem } from '../registry/problem.ts';
import type {
  CallOutcome,
  CallRequest,
  ClientsView,
  HubView,
  ServerTools,
  TrafficDetail,
  TrafficPage,
  TrafficQuery,
  UnitTraffic,
} from '../supervisor/api.ts';
import type { HubParts, HubSide, OpenHub } from '../supervisor/hub-side.ts';
import { checkBearer, checkOrigin, hostRule } from './access.ts';
import { CatalogCache } from './back/catalog-cache.ts';
import { ServerBack } from './back/server-back.ts';
import type { Back, Call } from './call.ts';
import { ClientBook } from './clients.ts';
import { Endpoint } from './endpoint.ts';
import { Gateways } from './gateway/gateways.ts';
import { healthReport } from './health.ts';
import { answerError, answerJson, answerText, refuse, refuseUpgrade } from './http-answer.ts';
import { HUB_ADDRESS, type Listener, listenOn } from './listener.ts';
import { metricsText } from './metrics.ts';
import { type Route, routeOf, targetPath } from './route.ts';
import { rpcError } from './rpc-codes.ts';
import { sentenceOf } from './sentence-of.ts';
import { Tap } from './tap/tap.ts';
import { TapFile } from './tap/tap-file.ts';
import { toolView } from './tool-view.ts';

export const openHub: OpenHub = (parts) => new Hub(parts);

/** A port that could not be opened is tried again this often. Milliseconds. */
const RETRY_MS = 5_000;

/** The text format of Prometheus. */
const METRICS_TYPE = 'text/plain; version=0.0.4';

/**
 * The HTTP side of the supervisor. Reading order: `call.ts` (what passes between clients and servers), `endpoint.ts` (how
 * it comes in), `back/server-back.ts` (how it goes out), this file (which URL is what).
 */
class Hub implements HubSide {
  readonly #parts: HubParts;
  readonly #cache: CatalogCache;
  readonly #clients = new ClientBook();
  readonly #tap = new Tap();
  readonly #backs = new Map<string, ServerBack>();
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #gateways: Gateways;
  /** By port; null where it is being opened. */
  readonly #listeners = new Map<number, Listener | null>();
  readonly #problems = new Map<number, Problem>();
  readonly #isOurs = hostRule(HUB_ADDRESS);
  readonly #retry: NodeJS.Timeout;
  readonly #closing: (() => void)[] = [];
  #closed = false;

  constructor(parts: HubParts) {
    this.#parts = parts;
    const { access, runtimeDir, settings, version } = parts;
    this.#cache = new CatalogCache(runtimeDir, (name) => access.spec(name)?.hash ?? null);
    this.#tap.secretsOf = (server) => (server === null ? [] : (access.spec(server)?.secrets ?? []));
    this.#gateways = new Gateways({ access, settings, version, backOf: (name) => this.#back(name) });
    this.#clients.onGone((client) => {
      for (const back of this.#backs.values()) back.leave(client);
    });
    // Also those that no client has asked for yet: what they offer is remembered for the day when they are not awake.
    const tapFile = settings.tapFile;
    if (tapFile !== null) this.#record(expandTilde(tapFile, parts.home));
    access.onChanged((name) => {
      if (access.state(name)) this.#back(name).changed();
      this.#gateways.changed(name);
    });
    this.#retry = setInterval(() => {
      if (this.#problems.size > 0) void this.#openPorts();
    }, RETRY_MS).unref();
  }

  /** Writes every request that ended to a file, too. */
  #record(path: string): void {
    const file = new TapFile(path, (sentence) => this.#parts.note(null, 'hub', sentence));
    this.#tap.onEnded(({ seq }) => {
      const detail = this.#tap.detail(seq);
      if (detail) file.write(detail);
    });
    this.#closing.push(() => file.close());
  }

  async start(): Promise<void> {
    await this.#openPorts();
  }

  serversChanged(): void {
    void this.#openPorts();
    for (const [name, back] of this.#backs) {
      if (this.#parts.access.view(name)) continue;
      back.close();
      this.#backs.delete(name);
      this.#endpoints.get(`/${name}/mcp`)?.close();
      this.#endpoints.delete(`/${name}/mcp`);
    }
    this.#gateways.registryChanged();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#retry);
    for (const endpoint of this.#endpoints.values()) endpoint.close();
    for (const back of this.#backs.values()) back.close();
    this.#clients.close();
    for (const close of this.#closing) close();
    this.#cache.close();
    await Promise.all([...this.#listeners.values()].map((listener) => listener?.close()));
  }

  view(): HubView {
    const { port } = this.#parts.settings;
    return {
      url: this.#listeners.get(port) ? `http://${HUB_ADDRESS}:${port}` : null,
      clients: this.#clients.size,
      callsLastHour: this.#tap.callsLastHour,
      problems: [...this.#problems.values()],
    };
  }

  trafficOf(server: string): UnitTraffic {
    return this.#tap.trafficOf(server, this.#clients.usersOf(server));
  }

  get isBusy(): boolean {
    return this.#clients.isBusy || [...this.#endpoints.values()].some(({ isBusy }) => isBusy);
  }

  async clients(): Promise<ClientsView> {
    const clients = this.#clients.views((id, server) => this.#backs.get(server)?.ownPids(id) ?? []);
    return { clients, sharing: this.#sharing(clients) };
  }

  traffic(query: TrafficQuery): TrafficPage {
    return this.#tap.page(query);
  }

  message(seq: number): TrafficDetail | null {
    return this.#tap.detail(seq);
  }

  tools(names: readonly string[] | null): readonly ServerTools[] {
    const { access } = this.#parts;
    return (names ?? access.names()).flatMap((server) => {
      const view = access.view(server);
      if (!view) return [];
      const back = this.#back(server);
      const tools = back.tools().map(({ tool, disabled, changed }) => toolView(tool, disabled, changed));
      return [{ server, state: view.state, tools, takenAt: back.offer()?.takenAt ?? null }];
    });
  }

  acceptTools(server: string): void {
    this.#cache.accept(server);
    this.#parts.note(server, 'tools', 'changed tool definitions accepted');
    this.#backs.get(server)?.changed();
    this.#gateways.changed(server, true);
  }

  async call({ server, tool, args, timeoutMs }: CallRequest): Promise<CallOutcome> {
    const { access, version } = this.#parts;
    if (!access.view(server))
      return { ok: false, problem: { what: `no server is called ${server}`, next: 'mcp list' } };
    const client = this.#clients.internal('cockpit', { name: 'mcp-cockpit', version });
    const params = { name: tool, arguments: args };
    const seen = this.#tap.begin({
      client,
      method: 'tools/call',
      params,
      bytes: JSON.stringify(params).length,
      server,
    });
    const began = performance.now();
    const call: Call = {
      client,
      method: 'tools/call',
      params,
      logLevel: null,
      signal: timeoutMs === null ? new AbortController().signal : AbortSignal.timeout(timeoutMs),
      routed: () => undefined,
      tell: (notification) => seen.note(notification),
      ask: async (method) => rpcError(-32601, `nobody is here to answer ${method}`),
    };
    const { answer } = await this.#back(server).call(call);
    seen.end(answer, JSON.stringify(answer).length);
    if ('error' in answer) return { ok: false, problem: { what: answer.error.message } };
    const latencyMs = Math.round((performance.now() - began) * 10) / 10;
    return { ok: true, result: answer.result, isError: answer.result.isError === true, latencyMs };
  }

  #back(name: string): ServerBack {
    const known = this.#backs.get(name);
    if (known) return known;
    const { access, settings, version } = this.#parts;
    const back = new ServerBack({
      name,
      access,
      cache: this.#cache,
      settings,
      version,
      counted: (client, failed) => this.#clients.count(client, name, failed),
    });
    this.#backs.set(name, back);
    back.changed();
    return back;
  }

  #endpoint(target: Route['target'], query: URLSearchParams): Endpoint | null {
    const face = faceOf(target, query);
    const path = `${targetPath(target)}/mcp${face === 'search' ? '?tools=search' : ''}`;
    const known = this.#endpoints.get(path);
    if (known) return known;
    const { access, settings } = this.#parts;
    const server = target !== 'all' && 'server' in target ? target.server : null;
    const back = server === null ? this.#gatewayOf(target, face) : access.view(server) && this.#back(server);
    if (!back) return null;
    const endpoint = new Endpoint({
      path,
      back,
      clients: this.#clients,
      tap: this.#tap,
      sessionIdleMs: settings.sessionIdleMs,
      maxBytes: () => (server === null ? null : access.spec(server)?.limits.bytes) ?? 16 * 1024 * 1024,
    });
    this.#endpoints.set(path, endpoint);
    return endpoint;
  }

  #gatewayOf(target: Route['target'], face: 'list' | 'search'): Back | null {
    return this.#gateways.get(target !== 'all' && 'profile' in target ? target.profile : null, face);
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse, only: string | null): Promise<void> {
    const refusal = checkOrigin(incoming.headers, this.#isOurs);
    if (refusal) return refuse(response, refusal);
    const url = URL.parse(incoming.url ?? '/', 'http://localhost');
    const route = routeOf(url?.pathname ?? '/', only);
    if (!route) return answerError(response, 404, 'not found: the endpoints are /mcp and /<server>/mcp');
    const unknown = checkBearer(incoming.headers, this.#parts.token);
    if (route.kind === 'health') {
      const { status, body } = healthReport(this.#parts.access, route.target, unknown === null);
      return answerJson(response, status, body);
    }
    if (unknown) return refuse(response, unknown);
    if (route.kind === 'metrics') return this.#metrics(response);
    const query = url?.searchParams ?? new URLSearchParams();
    const endpoint = this.#endpoint(route.target, query);
    if (!endpoint) return answerError(response, 404, 'no server or profile of this name: see mcp list');
    if (route.kind === 'sse') return endpoint.serveSse(incoming, response);
    if (route.kind === 'ws') return answerError(response, 426, 'this is for WebSocket', { upgrade: 'websocket' });
    if (route.kind === 'messages') {
      return await endpoint.serveMessages(incoming, response, query.get('sessionId'));
    }
    await endpoint.serve(incoming, response);
  }

  async #upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer, only: string | null): Promise<void> {
    socket.on('error', () => undefined);
    const refusal = checkOrigin(incoming.headers, this.#isOurs) ?? checkBearer(incoming.headers, this.#parts.token);
    if (refusal) return refuseUpgrade(socket, refusal.status, refusal.reason, refusal.headers);
    const url = URL.parse(incoming.url ?? '/', 'http://localhost');
    const route = routeOf(url?.pathname ?? '/', only);
    const endpoint =
      route?.kind === 'ws' ? this.#endpoint(route.target, url?.searchParams ?? new URLSearchParams()) : null;
    if (!endpoint) return refuseUpgrade(socket, 404, 'no WebSocket here: the endpoints are /ws and /<server>/ws');
    await endpoint.upgrade(incoming, socket, head);
  }

  #metrics(response: ServerResponse): void {
    const { access, settings } = this.#parts;
    const servers = access.names().flatMap((name) => {
      const view = access.view(name);
      return view ? [{ view, calls: this.#tap.figuresOf(name), clients: this.#clients.usersOf(name) }] : [];
    });
    if (settings.metrics) answerText(response, metricsText(servers, { clients: this.#clients.size }), METRICS_TYPE);
    else answerError(response, 404, 'metrics are off: set "metrics": true in ~/.mcp-cockpit.json');
  }

  /** Opens what should be open and is not, closes what should not. */
  async #openPorts(): Promise<void> {
    const { access, settings, changed } = this.#parts;
    const wanted = new Map<number, string | null>([[settings.port, null]]);
    for (const name of access.names()) {
      const spec = access.spec(name);
      if (spec?.port && (spec.transport === 'stdio' || spec.transport === 'remote') && !wanted.has(spec.port)) {
        wanted.set(spec.port, name);
      }
    }
    const before = JSON.stringify([...this.#problems.values()]);
    for (const [port, listener] of [...this.#listeners]) {
      if (wanted.has(port)) continue;
      this.#listeners.delete(port);
      this.#problems.delete(port);
      await listener?.close();
    }
    await Promise.all([...wanted].map(([port, only]) => this.#open(port, only)));
    if (JSON.stringify([...this.#problems.values()]) !== before && !this.#closed) changed();
  }

  async #open(port: number, only: string | null): Promise<void> {
    if (this.#listeners.has(port) || this.#closed) return;
    this.#listeners.set(port, null);
    const opened = await listenOn(port, only ?? 'the hub', {
      request: (incoming, response) => {
        this.#serve(incoming, response, this.#ownerOf(port)).catch((error: unknown) => {
          this.#parts.note(only, 'hub', `request failed: ${sentenceOf(error)}`);
          answerError(response, 500, 'the hub cannot answer: see mcp events');
        });
      },
      upgrade: (incoming, socket, head) => {
        this.#upgrade(incoming, socket, head, this.#ownerOf(port)).catch((error: unknown) => {
          this.#parts.note(only, 'hub', `upgrade failed: ${sentenceOf(error)}`);
          socket.destroy();
        });
      },
    });
    if (opened.ok && this.#listeners.has(port) && !this.#closed) {
      this.#listeners.set(port, opened.value);
      this.#problems.delete(port);
    } else {
      this.#listeners.delete(port);
      if (opened.ok) await opened.value.close();
      else this.#problems.set(port, opened.problem);
    }
  }

  /** Whose own port it is now; null for the hub's. */
  #ownerOf(port: number): string | null {
    const { access, settings } = this.#parts;
    if (port === settings.port) return null;
    return access.names().find((name) => access.spec(name)?.port === port) ?? null;
  }

  #sharing(clients: ClientsView['clients']): ClientsView['sharing'] {
    const { access } = this.#parts;
    let [processesWithout, processes, memorySavedBytes] = [0, 0, 0];
    for (const name of access.names()) {
      if (access.spec(name)?.transport !== 'stdio') continue;
      const view = access.view(name);
      const users = clients.filter(
        ({ uses, endpoint }) => endpoint.startsWith(`/${name}/`) || uses.some(({ server }) => server === name),
      );
      const own = users.flatMap(({ uses }) => uses.flatMap((use) => (use.server === name ? use.ownPids : [])));
      const runs = (view?.pid ? 1 : 0) + own.length;
      processesWithout += Math.max(users.length, runs);
      processes += runs;
      memorySavedBytes += Math.max(0, users.length - runs) * (view?.memoryBytes ?? 0);
    }
    return { processesWithout, processes, memorySavedBytes };
  }
}

/** How a gateway shows its tools; a single server has one face only. */
function faceOf(target: Route['target'], query: URLSearchParams): 'list' | 'search' {
  const isGateway = target === 'all' || 'profile' in target;
  return isGateway && query.get('tools') === 'search' ? 'search' : 'list';
}
