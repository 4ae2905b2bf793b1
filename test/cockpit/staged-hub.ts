import type {
  ClientsView,
  ServerTools,
  ToolView,
  TrafficDetail,
  TrafficEntry,
  TrafficPage,
  TrafficQuery,
} from '../../src/supervisor/api.ts';

/** 2026-08-01 10:00 UTC, as in `staged.ts`. */
const NOON = Date.UTC(2026, 7, 1, 10);

export function request(seq: number, more: Partial<TrafficEntry> = {}): TrafficEntry {
  return {
    seq,
    at: NOON + seq * 1000,
    client: { id: 'c1', name: 'claude-code' },
    server: 'weather',
    direction: 'to-server',
    method: 'tools/call',
    subject: 'forecast',
    requestBytes: 120,
    responseBytes: 900,
    latencyMs: 18,
    outcome: 'ok',
    error: null,
    ...more,
  };
}

/** One request of each outcome. */
export const EVERY_OUTCOME: readonly TrafficEntry[] = [
  request(1, { server: null, method: 'initialize', subject: null, latencyMs: 0.4 }),
  request(2, { server: null, method: 'tools/list', subject: null, responseBytes: 42_000, latencyMs: 2.1 }),
  request(3),
  request(4, { outcome: 'tool-error', error: 'no such city: Atlantis', latencyMs: 140 }),
  request(5, {
    client: { id: 'c2', name: 'cursor' },
    server: 'mem0',
    subject: 'search',
    outcome: 'error',
    error: 'timed out (-32001)',
    latencyMs: 30_000,
  }),
  request(6, {
    client: { id: 'c2', name: 'cursor' },
    server: 'mem0',
    subject: 'save_memory',
    outcome: 'cancelled',
    latencyMs: 700,
  }),
  request(7, { direction: 'to-client', method: 'elicitation/create', subject: null, outcome: 'ok', latencyMs: 2_300 }),
  request(8, { subject: 'alert', outcome: 'waiting-for-client', responseBytes: null, latencyMs: null }),
  request(9, { subject: 'radar', outcome: 'pending', responseBytes: null, latencyMs: null }),
];

/** The record of the hub, as the supervisor answers questions about it. */
export class StagedTap {
  #changes = 0;
  readonly #kept = new Map<number, { entry: TrafficEntry; changed: number }>();
  readonly details = new Map<number, Omit<TrafficDetail, 'entry'>>();
  readonly queries: TrafficQuery[] = [];
  latency: TrafficPage['latency'] = { p50: 18, p95: 140, p99: 2_300 };

  /** New requests, or earlier ones with what became of them. */
  pass(...entries: readonly TrafficEntry[]): void {
    for (const entry of entries) {
      this.#changes += 1;
      this.#kept.set(entry.seq, { entry, changed: this.#changes });
    }
  }

  forget(): void {
    this.#kept.clear();
    this.#changes = 0;
  }

  page(query: TrafficQuery): TrafficPage {
    this.queries.push(query);
    const entries = [...this.#kept.values()].filter(({ changed }) => changed > query.after).map(({ entry }) => entry);
    return { entries: entries.slice(-query.limit), next: this.#changes, latency: this.latency };
  }

  detail(seq: number): TrafficDetail | null {
    const entry = this.#kept.get(seq)?.entry;
    if (entry === undefined) return null;
    const name = `${entry.server}__${entry.subject}`;
    const known = this.details.get(seq);
    const request = { method: entry.method, params: { name, arguments: { city: 'Oslo', days: 3 } } };
    const response = { result: { content: [{ type: 'text', text: 'Rain until noon' }] } };
    return { entry, request, response: entry.outcome === 'pending' ? null : response, notes: [], ...known };
  }
}

export function tool(name: string, more: Partial<ToolView> = {}): ToolView {
  return {
    name,
    title: null,
    description: null,
    inputSchema: { type: 'object' },
    outputSchema: null,
    annotations: null,
    disabled: null,
    changed: false,
    ...more,
  };
}

/** A schema with one of everything that forms are made of. */
export const FORECAST = tool('forecast', {
  description: 'The weather of the next days in a place, hour by hour.',
  annotations: { readOnlyHint: true },
  inputSchema: {
    type: 'object',
    required: ['city', 'days'],
    properties: {
      city: { type: 'string', description: 'Name of the place', minLength: 2 },
      days: { type: 'integer', minimum: 1, maximum: 14, default: 3 },
      unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
      wind: { type: 'boolean' },
      hours: { type: 'array', items: { type: 'integer', minimum: 0, maximum: 23 } },
      near: {
        type: 'object',
        properties: { lat: { type: 'number' }, lon: { type: 'number' }, box: { type: 'object' } },
        required: ['lat', 'lon'],
      },
    },
  },
});

export const EVERY_TOOL: readonly ServerTools[] = [
  {
    server: 'weather',
    state: 'ready',
    takenAt: NOON,
    tools: [
      FORECAST,
      tool('alert', { description: 'Sends a warning to everybody', annotations: { destructiveHint: true } }),
      tool('radar', { description: 'A picture', changed: true, disabled: 'drift' }),
      tool('old', { description: 'Not for use', disabled: 'entry' }),
    ],
  },
  {
    server: 'filesystem',
    state: 'asleep',
    takenAt: NOON - 3_600_000,
    tools: [tool('read_file', { description: 'Reads a file' })],
  },
  { server: 'docs', state: 'crashed', takenAt: null, tools: [] },
];

export const TWO_CLIENTS: ClientsView = {
  clients: [
    {
      id: 'c1',
      name: 'claude-code',
      version: '2.1.0',
      era: 'modern',
      revision: '2026-07-28',
      via: 'http',
      pid: 5120,
      command: 'claude --resume',
      since: NOON - 7_200_000,
      lastSeen: NOON,
      calls: 1_240,
      failures: 3,
      connected: true,
      endpoint: '/mcp',
      uses: [
        { server: 'weather', calls: 1_200, ownPids: [] },
        { server: 'mem0', calls: 40, ownPids: [6001] },
      ],
    },
    {
      id: 'c2',
      name: 'cursor',
      version: null,
      era: 'legacy',
      revision: '2025-06-18',
      via: 'sse',
      pid: null,
      command: null,
      since: NOON - 3_600_000,
      lastSeen: NOON - 60_000,
      calls: 12,
      failures: 0,
      connected: false,
      endpoint: '/weather/mcp',
      uses: [{ server: 'weather', calls: 12, ownPids: [] }],
    },
  ],
  sharing: { processesWithout: 9, processes: 4, memorySavedBytes: 310 * 1024 ** 2 },
};
