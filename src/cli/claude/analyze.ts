import { FITS, type RankedServer, rank, reasons } from '../../router/rank.ts';
import type { Outcome, SupervisorApi, UnitView } from '../../supervisor/api.ts';
import { canAsk, confirm } from '../ask.ts';
import type { Context } from '../context.ts';
import { look, withEngine } from '../engine.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { writeFirstRegistry } from '../first-registry.ts';
import { reportOutcomes } from '../outcomes.ts';
import { oneLine } from '../safe-text.ts';
import { startNames } from '../start.ts';
import { formatTable } from '../table.ts';
import { isWell, stateRole, stateText } from '../unit-text.ts';
import type { AnalyzeJson } from './json-shapes.ts';
import { rankableServers } from './rankable.ts';

interface AnalyzeFlags {
  /** Start what fits without asking. */
  readonly start: boolean;
  /** How many servers are shown. */
  readonly limit: number;
}

/** `claude-mcp analyze "prompt"`: which servers fit, and start them where that is wanted. Off a terminal it only suggests. */
export async function analyze(context: Context, prompt: string, { start, limit }: AnalyzeFlags): Promise<ExitCode> {
  await writeFirstRegistry(context);
  const { ranked, units } = await withEngine(await look(context), (api) => suggest(context, api, prompt, limit));
  const wanted = ranked
    .filter(({ name, score }) => score >= FITS && needsStart(units.get(name)))
    .map(({ name }) => name);
  if (!context.json) show(context, ranked, units);
  const asked = !start && !context.json && wanted.length > 0 && canAsk(context);
  const go = start || (asked && (await confirm(context, `start ${wanted.join(', ')}?`)));
  if (context.json) {
    const outcomes = go && wanted.length > 0 ? await startNames(context, wanted) : [];
    context.print(JSON.stringify(analyzeJson(prompt, ranked, units, outcomes), null, 2));
    return outcomes.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
  }
  if (wanted.length === 0) return EXIT.done;
  if (!go) {
    if (!asked) context.note(`not running: ${wanted.join(', ')} → mcp start ${wanted.join(' ')}`);
    return EXIT.done;
  }
  return reportOutcomes(context, await startNames(context, wanted));
}

async function suggest(context: Context, api: SupervisorApi, prompt: string, limit: number) {
  const { servers, units, problem } = await rankableServers(context, api);
  if (problem !== null) context.note(problem);
  return { ranked: rank(prompt, servers).slice(0, limit), units };
}

/** Lazy servers wake by themselves; what cannot start is left to `mcp start`, which says why. */
function needsStart(unit: UnitView | undefined): boolean {
  return unit === undefined || (!isWell(unit.state) && unit.desired === 'stopped');
}

function show(context: Context, ranked: readonly RankedServer[], units: ReadonlyMap<string, UnitView>): void {
  if (ranked.length === 0) {
    context.print('no server fits → mcp list shows what there is');
    return;
  }
  const columns = [
    { title: 'SERVER' },
    { title: 'FITS', align: 'right' as const },
    { title: 'STATE' },
    { title: 'WHY' },
  ];
  const rows = ranked.map((server) => {
    const unit = units.get(server.name);
    return {
      cells: [
        { text: server.name, role: 'strong' as const },
        {
          text: `${Math.round(server.score * 100)}%`,
          role: server.score >= FITS ? ('ok' as const) : ('muted' as const),
        },
        unit === undefined
          ? { text: 'unknown' }
          : { text: stateText(unit, context.glyphs, Date.now()), role: stateRole(unit.state) },
        { text: oneLine(reasons(server).slice(0, 5).join(', ')) },
      ],
    };
  });
  for (const line of formatTable(columns, rows, context.paint)) context.print(line);
}

function analyzeJson(
  prompt: string,
  ranked: readonly RankedServer[],
  units: ReadonlyMap<string, UnitView>,
  outcomes: readonly Outcome[],
): AnalyzeJson {
  return {
    prompt,
    servers: ranked.map((server) => ({
      name: server.name,
      score: server.score,
      fits: server.score >= FITS,
      state: units.get(server.name)?.state ?? 'stopped',
      reasons: reasons(server),
    })),
    started: outcomes.map(({ name, ok, verb }) => ({ name, ok, verb })),
  };
}
