import type { JsonObject, RpcAnswer, RpcNotification } from '../../protocol/json-rpc.ts';
import type {
  TrafficDetail,
  TrafficEntry,
  TrafficOutcome,
  TrafficPage,
  TrafficQuery,
  UnitTraffic,
} from '../../supervisor/api.ts';
import type { Client } from '../call.ts';
import { nameOf } from '../clients.ts';
import type { CallFigures } from './call-figures.ts';
import { percentile } from './percentile.ts';
import { maskValues, redact, redactText, subjectOf } from './redact.ts';

/** Requests kept; older ones are forgotten. */
const KEPT = 2000;
/** Notes kept of one request. */
const NOTES = 50;
const RATE_WINDOW_MS = 5 * 60_000;
const LATENCIES_KEPT = 100;

interface Kept {
  entry: TrafficEntry;
  /** The number of the change that last touched it. */
  changed: number;
  readonly params: JsonObject;
  answer: RpcAnswer | null;
  readonly notes: RpcNotification[];
}

/** One request while it is under way. */
export interface Seen {
  /** It went to this server. */
  to(server: string): void;
  note(notification: RpcNotification): void;
  /** It waits for its client to answer a question. */
  waits(): void;
  /** `bytes`: of the answer as it was sent. */
  end(answer: RpcAnswer, bytes: number): void;
}

export interface Beginning {
  readonly client: Client;
  readonly method: string;
  readonly params: JsonObject;
  readonly bytes: number;
  readonly server?: string | null;
  readonly direction?: TrafficEntry['direction'];
}

interface ServerFigures extends CallFigures {
  count: number;
  failures: number;
  totalMs: number;
  /** When calls ended, within the window. */
  readonly at: number[];
  readonly latencies: number[];
}

/** The methods that are calls of a person or a model, not housekeeping of a client. */
const CALLS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read', 'completion/complete']);

/**
 * The record of what passes through the hub: a bounded ring of requests with their answers. Payloads are kept as they are
 * and redacted when somebody looks, so that nobody pays for what nobody sees.
 */
export class Tap {
  readonly #ring: Kept[] = [];
  readonly #figures = new Map<string, ServerFigures>();
  readonly #listeners = new Set<(entry: TrafficEntry, params: JsonObject, answer: RpcAnswer | null) => void>();
  readonly #ended: number[] = [];
  #seq = 0;
  #change = 0;
  secretsOf: (server: string | null) => readonly string[] = () => [];

  /** Called when a request ended, with its payloads as they came. Returns a function that ends it. */
  onEnded(listener: (entry: TrafficEntry, params: JsonObject, answer: RpcAnswer | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  begin({ client, method, params, bytes, server = null, direction = 'to-server' }: Beginning): Seen {
    this.#seq += 1;
    const began = performance.now();
    const kept: Kept = {
      entry: {
        seq: this.#seq,
        at: Date.now(),
        client: { id: client.id, name: nameOf(client.info) },
        server,
        direction,
        method,
        subject: subjectOf(method, params),
        requestBytes: bytes,
        responseBytes: null,
        latencyMs: null,
        outcome: 'pending',
        error: null,
      },
      changed: this.#touch(),
      params,
      answer: null,
      notes: [],
    };
    this.#ring.push(kept);
    if (this.#ring.length > KEPT) this.#ring.shift();
    const change = (more: Partial<TrafficEntry>): void => {
      kept.entry = { ...kept.entry, ...more };
      kept.changed = this.#touch();
    };
    return {
      to: (name) => change({ server: name }),
      note: (notification) => {
        if (kept.notes.length < NOTES) kept.notes.push(notification);
      },
      waits: () => change({ outcome: 'waiting-for-client' }),
      end: (answer, size) => {
        if (kept.answer) return;
        kept.answer = answer;
        const latencyMs = Math.round((performance.now() - began) * 100) / 100;
        const secrets = this.secretsOf(kept.entry.server);
        change({ responseBytes: size, latencyMs, ...verdictOf(answer, secrets) });
        this.#count(kept.entry);
        for (const listener of this.#listeners) listener(kept.entry, params, answer);
      },
    };
  }

  page({ after, limit, server = null }: TrafficQuery): TrafficPage {
    const fits = ({ changed, entry }: Kept) => changed > after && (server === null || entry.server === server);
    const entries = this.#ring.filter(fits).slice(-limit);
    const latencies = this.#ring.flatMap(({ entry }) =>
      entry.latencyMs !== null && CALLS.has(entry.method) && (server === null || entry.server === server)
        ? [entry.latencyMs]
        : [],
    );
    return {
      entries: entries.map(({ entry }) => this.#shown(entry)),
      next: this.#change,
      latency: { p50: percentile(latencies, 50), p95: percentile(latencies, 95), p99: percentile(latencies, 99) },
    };
  }

  detail(seq: number): TrafficDetail | null {
    const kept = this.#ring.find(({ entry }) => entry.seq === seq);
    if (!kept) return null;
    const { entry, params, answer, notes } = kept;
    const secrets = this.secretsOf(entry.server);
    return {
      entry: this.#shown(entry),
      request: redact({ method: entry.method, params }, secrets),
      response: answer && redact(answer, secrets),
      notes: notes.map((note) => redact(note, secrets)),
    };
  }

  trafficOf(server: string, clients: number): UnitTraffic {
    const figures = this.#figures.get(server);
    if (!figures) return { clients, callsPerMinute: 0, p95Ms: null };
    forget(figures.at, RATE_WINDOW_MS);
    const perMinute = (figures.at.length * 60_000) / RATE_WINDOW_MS;
    return { clients, callsPerMinute: Math.round(perMinute * 10) / 10, p95Ms: percentile(figures.latencies, 95) };
  }

  get callsLastHour(): number {
    forget(this.#ended, 3_600_000);
    return this.#ended.length;
  }

  /** Null before the first call. */
  figuresOf(server: string): CallFigures | null {
    return this.#figures.get(server) ?? null;
  }

  #count({ method, server, latencyMs, direction, outcome }: TrafficEntry): void {
    if (!CALLS.has(method) || direction !== 'to-server') return;
    const now = Date.now();
    this.#ended.push(now);
    if (server === null || latencyMs === null) return;
    const figures = this.#figures.get(server) ?? { count: 0, failures: 0, totalMs: 0, at: [], latencies: [] };
    this.#figures.set(server, figures);
    figures.count += 1;
    if (outcome !== 'ok') figures.failures += 1;
    figures.totalMs += latencyMs;
    figures.at.push(now);
    figures.latencies.push(latencyMs);
    if (figures.latencies.length > LATENCIES_KEPT) figures.latencies.shift();
    if (figures.at.length > 10_000) figures.at.shift();
  }

  /** Also a method and a URI are whatever a client makes them. */
  #shown(entry: TrafficEntry): TrafficEntry {
    const secrets = this.secretsOf(entry.server);
    const subject = entry.subject && maskValues(entry.subject, secrets).slice(0, 200);
    return { ...entry, method: maskValues(entry.method, secrets), subject };
  }

  #touch(): number {
    this.#change += 1;
    return this.#change;
  }
}

/** Drops what is older than `windowMs` from a list of times, oldest first. */
function forget(times: number[], windowMs: number): void {
  const since = Date.now() - windowMs;
  const first = times.findIndex((at) => at >= since);
  times.splice(0, first === -1 ? times.length : first);
}

function verdictOf(answer: RpcAnswer, secrets: readonly string[]): { outcome: TrafficOutcome; error: string | null } {
  if ('error' in answer) {
    const { code, message } = answer.error;
    return { outcome: 'error', error: redactText(`${message} (${code})`, secrets) };
  }
  if (answer.result.isError !== true) return { outcome: 'ok', error: null };
  return { outcome: 'tool-error', error: redactText(firstText(answer.result.content), secrets) };
}

function firstText(content: unknown): string {
  const [first] = Array.isArray(content) ? content : [];
  return typeof first?.text === 'string' ? first.text : 'the tool reported an error';
}
