import { UNIT_STATES, type UnitView } from '../supervisor/api.ts';
import type { CallFigures } from './tap/call-figures.ts';
import { percentile } from './tap/percentile.ts';

export interface MeasuredServer {
  readonly view: UnitView;
  /** Null before the first call. */
  readonly calls: CallFigures | null;
  readonly clients: number;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number, suffix?: '_sum' | '_count'];

const QUANTILES = [50, 95, 99];

/** `/metrics`: what there is to measure, in the text format of Prometheus (0.0.4). Times are seconds, sizes bytes. */
export function metricsText(servers: readonly MeasuredServer[], hub: { readonly clients: number }): string {
  const each = (samples: (server: MeasuredServer, labels: Labels) => readonly Sample[]): readonly Sample[] =>
    servers.flatMap((server) => samples(server, { server: server.view.name }));
  return [
    family(
      'mcp_server_up',
      'gauge',
      'Whether the server answers: 1, else 0.',
      each(({ view }, labels) => [[labels, isUp(view) ? 1 : 0]]),
    ),
    family(
      'mcp_server_state',
      'gauge',
      'The state the server is in: 1 for that one, 0 for all others.',
      each(({ view }, labels) => UNIT_STATES.map((state) => [{ ...labels, state }, state === view.state ? 1 : 0])),
    ),
    family(
      'mcp_server_restarts',
      'gauge',
      'Restarts that nobody asked for since somebody last started it.',
      each(({ view }, labels) => [[labels, view.restarts]]),
    ),
    family(
      'mcp_server_memory_bytes',
      'gauge',
      'Memory of its processes, shared pages counted once.',
      each(({ view: { memoryBytes } }, labels) => (memoryBytes === null ? [] : [[labels, memoryBytes]])),
    ),
    family(
      'mcp_server_calls_total',
      'counter',
      'Calls of clients through the hub: tools, prompts, resources, completions.',
      each(({ calls }, labels) => [[labels, calls?.count ?? 0]]),
    ),
    family(
      'mcp_server_call_failures_total',
      'counter',
      'Those that ended with an error, errors of tools included.',
      each(({ calls }, labels) => [[labels, calls?.failures ?? 0]]),
    ),
    family(
      'mcp_server_call_duration_seconds',
      'summary',
      'How long calls took; quantiles over the last hundred.',
      each(({ calls }, labels) => durations(calls, labels)),
    ),
    family(
      'mcp_server_clients',
      'gauge',
      'Clients that used it and are still there.',
      each(({ clients }, labels) => [[labels, clients]]),
    ),
    family('mcp_hub_clients', 'gauge', 'Clients that are connected.', [[{}, hub.clients]]),
  ].join('');
}

function durations(calls: CallFigures | null, labels: Labels): readonly Sample[] {
  const quantiles = QUANTILES.map((percent): Sample => {
    const ms = percentile(calls?.latencies ?? [], percent);
    return [{ ...labels, quantile: String(percent / 100) }, ms === null ? Number.NaN : ms / 1000];
  });
  return [...quantiles, [labels, (calls?.totalMs ?? 0) / 1000, '_sum'], [labels, calls?.count ?? 0, '_count']];
}

/** One that sleeps answers as well: the first call wakes it. */
function isUp({ state }: UnitView): boolean {
  return state === 'ready' || state === 'degraded' || state === 'asleep';
}

function family(name: string, type: 'counter' | 'gauge' | 'summary', help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const lines = samples.map(([labels, value, suffix = '']) => `${name}${suffix}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}
