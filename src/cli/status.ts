import type { Snapshot, UnitView } from '../supervisor/api.ts';
import { chooseServers } from './choose-servers.ts';
import type { Context } from './context.ts';
import { detailLines } from './detail.ts';
import { look, withEngine } from './engine.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { writeFirstRegistry } from './first-registry.ts';
import { jsonText, statusJson } from './json.ts';
import { listTable, statusTable, type TableLook } from './status-table.ts';
import { isWell, problemLine } from './unit-text.ts';

/** `mcp list`: every entry. The first one writes a registry of defaults. */
export async function list(context: Context): Promise<ExitCode> {
  await writeFirstRegistry(context);
  return withEngine(await look(context), async (api) => {
    const snapshot = await api.snapshot();
    show(context, snapshot, snapshot.units, listTable);
    return EXIT.done;
  });
}

/** `mcp status` shows all and succeeds; with names it succeeds only when each of them is ready or asleep. */
export async function status(context: Context, words: readonly string[]): Promise<ExitCode> {
  return withEngine(await look(context), async (api) => {
    const snapshot = await api.snapshot();
    if (words.length === 0) {
      show(context, snapshot, snapshot.units, statusTable);
      return EXIT.done;
    }
    const names = await chooseServers(context, words, snapshot);
    const units = snapshot.units.filter(({ name }) => names.includes(name));
    const [only] = units;
    if (units.length === 1 && only !== undefined && !context.json) {
      for (const line of detailLines(await api.describe(only.name), lookOf(context))) context.print(line);
    } else {
      show(context, snapshot, units, statusTable);
    }
    return units.every(({ state }) => isWell(state)) ? EXIT.done : EXIT.failed;
  });
}

type Table = (units: readonly UnitView[], look: TableLook) => string[];

function show(context: Context, snapshot: Snapshot, units: readonly UnitView[], table: Table): void {
  if (context.json) {
    context.print(jsonText(statusJson(snapshot, units)));
    return;
  }
  context.print(table(units, lookOf(context)).join('\n'));
  if (snapshot.units.length === 0) context.note('there are no servers yet → mcp add NAME -- COMMAND');
  const { mode } = snapshot.supervisor;
  if (mode === 'none') context.note('no supervisor runs: read from disk (mcp start NAME brings one up)');
  for (const problem of [...snapshot.registry.problems, ...snapshot.registry.warnings, ...snapshot.banners])
    context.note(problemLine(problem));
}

function lookOf({ glyphs, paint }: Context): TableLook {
  return { glyphs, paint, now: Date.now() };
}
