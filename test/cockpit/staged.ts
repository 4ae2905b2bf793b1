import type { CockpitPort } from '../../src/cockpit/runtime/port.ts';
import type {
  CallOutcome,
  CallRequest,
  ClientsView,
  LogLevel,
  LogLine,
  LogReader,
  Outcome,
  RegistryView,
  ServerTools,
  Snapshot,
  SupervisorApi,
  SupervisorEvent,
  SupervisorInfo,
  TrafficDetail,
  TrafficPage,
  TrafficQuery,
  UnitDetail,
  UnitState,
  UnitView,
} from '../../src/supervisor/api.ts';

import { StagedTap } from './staged-hub.ts';

/** 2026-08-01 10:00 UTC: the moment all staged times are told from. */
export const NOON = Date.UTC(2026, 7, 1, 10);

export function unit(name: string, state: UnitState, more: Partial<UnitView> = {}): UnitView {
  return {
    name,
    title: name,
    state,
    desired: state === 'stopped' ? 'stopped' : 'running',
    transport: 'http',
    port: null,
    pid: null,
    startedAt: null,
    stateSince: NOON - 60_000,
    cpuPercent: null,
    memoryBytes: null,
    toolCount: null,
    probes: [],
    era: 'modern',
    revision: '2026-07-28',
    cause: null,
    retry: null,
    restarts: 0,
    lastExit: null,
    entryChanged: false,
    logPath: `/home/dev/.mcp-runtime/${name}.log`,
    killAt: null,
    traffic: null,
    ...more,
  };
}

/** One server in each of the fourteen states, as a developer's machine would have them on a bad day. */
export const EVERY_STATE: readonly UnitView[] = [
  unit('mem0', 'ready', {
    port: 8050,
    pid: 41233,
    startedAt: NOON - 3 * 3_600_000 - 12 * 60_000,
    cpuPercent: 0.4,
    memoryBytes: 61 * 1024 ** 2,
    toolCount: 4,
    probes: [3, 3, 4, 40, 3, 3, 100, 3],
  }),
  unit('github', 'degraded', {
    transport: 'remote',
    toolCount: 0,
    probes: [20, 30, null, null],
    cause: { what: 'tools vanished', why: '401 from api.githubcopilot.com', next: 'set GITHUB_PERSONAL_ACCESS_TOKEN' },
  }),
  unit('weather', 'backoff', {
    transport: 'stdio',
    toolCount: 6,
    cause: { what: 'exit 1', why: "ModuleNotFoundError: No module named 'httpx'" },
    retry: { attempt: 3, max: 10, nextAt: NOON + 8_000 },
  }),
  unit('filesystem', 'asleep', { transport: 'stdio', toolCount: 14 }),
  unit('slack', 'needs-auth', { transport: 'remote', cause: { what: 'SLACK_TOKEN is unset' } }),
  unit('playwright', 'starting', { transport: 'stdio', pid: 41999, startedAt: NOON - 3_000 }),
  unit('docs', 'crashed', { port: 8060, cause: { what: 'gave up after 10 failures', next: 'r tries again' } }),
  unit('notes', 'stopped', { port: 8061 }),
  unit('legacy', 'blocked', { port: 8062, cause: { what: 'port 8062 is taken', holder: 'pid 812 python (root)' } }),
  unit('old-tool', 'unconfigured', { port: 8070, pid: 3120, startedAt: NOON - 172_800_000, memoryBytes: 30_000_000 }),
  unit('jira', 'waiting', { cause: { what: 'waits for postgres' } }),
  unit('scraper', 'installing'),
  unit('graph', 'stopping', { pid: 5012, killAt: NOON + 9_000 }),
  unit('shared', 'foreign', { port: 8100 }),
];

const INFO: SupervisorInfo = {
  pid: 41200,
  version: '0.1.0',
  startedAt: NOON,
  runtimeDir: '/home/dev/.mcp-runtime',
  mode: 'detached',
  clients: 1,
};

/** A supervisor made of data: what it was asked is written down, what it says is up to the test. */
export class StagedSupervisor implements SupervisorApi {
  units: readonly UnitView[];
  registry: RegistryView = { path: '/home/dev/.mcp-servers.json', problems: [], warnings: [] };
  banners: Snapshot['banners'] = [];
  supervisor: SupervisorInfo = INFO;
  /** `start mem0,github`, in order. */
  readonly asked: string[] = [];
  isClosed = false;
  hub: Snapshot['hub'] = null;
  clientsView: ClientsView = { clients: [], sharing: { processesWithout: 0, processes: 0, memorySavedBytes: 0 } };
  readonly tap = new StagedTap();
  serverTools: readonly ServerTools[] = [];
  readonly #listeners = new Set<(event: SupervisorEvent) => void>();
  /** Answers a command; the default says it was done. */
  answer: (verb: 'start' | 'stop' | 'restart', names: readonly string[]) => Promise<readonly Outcome[]>;

  /** What a tool answers. */
  reply: () => Promise<CallOutcome> = async () => {
    return { ok: true, result: { content: [{ type: 'text', text: 'done' }] }, isError: false, latencyMs: 3 };
  };

  constructor(units: readonly UnitView[] = EVERY_STATE) {
    this.units = units;
    this.answer = async (verb, names) => names.map((name) => done(name, verb));
  }

  emit(event: SupervisorEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** Changes a unit and tells. */
  change(name: string, more: Partial<UnitView>): void {
    this.units = this.units.map((one) => (one.name === name ? { ...one, ...more } : one));
    const units = this.units.filter((one) => one.name === name);
    this.emit({ type: 'units', units, ...(this.hub && { hub: this.hub }) });
  }

  async info(): Promise<SupervisorInfo> {
    return this.supervisor;
  }

  async snapshot(): Promise<Snapshot> {
    const { supervisor, registry, units, banners } = this;
    return { supervisor, registry, units, hub: this.hub, banners };
  }

  async describe(name: string): Promise<UnitDetail> {
    const found = this.units.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no server ${name}`);
    return {
      unit: found,
      entry: { command: 'uv run server.py', port: 8050, env: { API_KEY: '********' } },
      history: Array.from({ length: 40 }, (_, index) => ({
        at: NOON - index * 60_000,
        kind: 'ready',
        text: `event ${index}`,
      })),
      catalog: {
        serverName: 'staged',
        serverVersion: '1.2.3',
        instructions: null,
        tools: [{ name: 'save_memory', description: 'Keeps a text' }],
        prompts: [],
        resources: [],
        takenAt: NOON,
      },
      processes: [{ pid: 41233, ppid: 41200, command: 'python server.py', memoryBytes: 55_000_000 }],
    };
  }

  start(names: readonly string[]): Promise<readonly Outcome[]> {
    this.asked.push(`start ${names.join(',')}`);
    return this.answer('start', names);
  }

  stop(names: readonly string[]): Promise<readonly Outcome[]> {
    this.asked.push(`stop ${names.join(',')}`);
    return this.answer('stop', names);
  }

  restart(names: readonly string[]): Promise<readonly Outcome[]> {
    this.asked.push(`restart ${names.join(',')}`);
    return this.answer('restart', names);
  }

  async reload(): Promise<RegistryView> {
    this.asked.push('reload');
    return this.registry;
  }

  async subscribe(listener: (event: SupervisorEvent) => void): Promise<() => void> {
    this.#listeners.add(listener);
    listener({ type: 'snapshot', snapshot: await this.snapshot() });
    return () => this.#listeners.delete(listener);
  }

  async clients(): Promise<ClientsView> {
    return this.clientsView;
  }

  async traffic(query: TrafficQuery): Promise<TrafficPage> {
    return this.tap.page(query);
  }

  async message(seq: number): Promise<TrafficDetail | null> {
    return this.tap.detail(seq);
  }

  async tools(names: readonly string[] | null): Promise<readonly ServerTools[]> {
    return names === null ? this.serverTools : this.serverTools.filter(({ server }) => names.includes(server));
  }

  async acceptTools(server: string): Promise<void> {
    this.asked.push(`accept ${server}`);
  }

  async call({ server, tool, args }: CallRequest): Promise<CallOutcome> {
    this.asked.push(`call ${server} ${tool} ${JSON.stringify(args)}`);
    return this.reply();
  }

  async shutdown({ all }: { readonly all: boolean }): Promise<void> {
    this.asked.push(`shutdown ${all ? 'all' : 'only'}`);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

export function done(name: string, verb: 'start' | 'stop' | 'restart'): Outcome {
  const words = { start: 'started', stop: 'stopped', restart: 'restarted' } as const;
  const isDown = verb === 'stop';
  const state = isDown ? 'stopped' : 'ready';
  return { name, ok: true, verb: words[verb], state, pid: isDown ? null : 777, problem: null, signalled: [] };
}

/** Logs made of data: a test writes lines, the tails deliver them. */
export class StagedLogs implements LogReader {
  readonly #tails = new Map<string, Set<(batch: readonly LogLine[]) => void>>();
  readonly #written = new Map<string, LogLine[]>();
  /** Servers with an open tail. */
  get open(): readonly string[] {
    return [...this.#tails].filter(([, listeners]) => listeners.size > 0).map(([server]) => server);
  }

  write(server: string, lines: readonly (string | Partial<LogLine>)[]): void {
    const written = this.#written.get(server) ?? [];
    this.#written.set(server, written);
    const batch = lines.map((line, index) => logLine(line, written.length + index + 1));
    written.push(...batch);
    for (const listener of this.#tails.get(server) ?? []) listener(batch);
  }

  tail(server: string, { lines }: { readonly lines: number }, onLines: (batch: readonly LogLine[]) => void) {
    const listeners = this.#tails.get(server) ?? new Set();
    this.#tails.set(server, listeners);
    listeners.add(onLines);
    const there = (this.#written.get(server) ?? []).slice(-lines);
    queueMicrotask(() => onLines(there));
    return { close: () => void listeners.delete(onLines) };
  }

  path(server: string): string {
    return `/home/dev/.mcp-runtime/${server}.log`;
  }
}

export function logLine(line: string | Partial<LogLine>, seq: number): LogLine {
  const given = typeof line === 'string' ? { text: line } : line;
  const text = given.text ?? '';
  const level: LogLevel | null = /error/i.test(text) ? 'error' : null;
  return { seq, plain: text, level, at: NOON + seq * 1000, kind: 'line', ...given, text };
}

/** What a cockpit needs, all of it staged; colours as in a usual terminal. */
export function stagedPort(api: StagedSupervisor, logs: StagedLogs, more: Partial<CockpitPort> = {}): CockpitPort {
  return {
    api,
    reconnect: async () => api,
    logs,
    registryPath: '/home/dev/.mcp-servers.json',
    version: '0.1.0',
    mode: 'detached',
    env: { HOME: '/home/dev', LANG: 'C.UTF-8', TERM: 'xterm-256color', SSH_TTY: '/dev/pts/9' },
    ...more,
  };
}
