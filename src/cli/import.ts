import { plural } from '../cockpit/text/quantity.ts';
import { type Planned, planImport } from '../registry/import/plan-import.ts';
import { readRegistryFile } from '../registry/read-registry.ts';
import { canAsk, confirm } from './ask.ts';
import { CommandError } from './command-error.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { writeFirstRegistry } from './first-registry.ts';
import { type Settled, settle } from './import-collisions.ts';
import { importJson, previewLines } from './import-preview.ts';
import { readSources } from './import-sources.ts';
import { type Written, writeImported } from './import-write.ts';

export interface ImportFlags {
  /** Show what would be done. */
  readonly dryRun: boolean;
  /** Import without asking; what is in the way is skipped. */
  readonly yes: boolean;
}

/** `mcp import [CLIENT|FILE]`: servers of other programs into the registry, their secrets into env files. */
export async function importServers(
  context: Context,
  source: string | undefined,
  { dryRun, yes }: ImportFlags,
): Promise<ExitCode> {
  const { candidates, refused, files } = readSources(context, source);
  if (!dryRun) await writeFirstRegistry(context);
  const registry = readRegistryFile(context.paths.registryFile);
  const [broken] = registry.problems;
  if (broken !== undefined) throw new CommandError(EXIT.badConfiguration, broken);
  const plan = planImport(candidates, registry.entries);
  const asking = canAsk(context) && !yes && !dryRun && !context.json;
  if (!context.json) for (const line of previewLines(context, plan, refused, files)) context.print(line);

  const settled = await settle(
    context,
    plan,
    registry.entries.map(({ name }) => name),
    asking,
  );
  const chosen = settled.filter(({ choice }) => choice !== 'skip');
  if (dryRun || !(await mayGoOn(context, plan, chosen, asking))) {
    if (context.json) context.print(importJson(settled, refused, files, null));
    else if (chosen.length > 0) context.note('nothing was changed');
    return EXIT.done;
  }
  if (!context.json && !asking) for (const one of settled) tellSkipped(context, one);
  const written = await writeImported(context, chosen);
  if (context.json) context.print(importJson(settled, refused, files, written));
  else tell(context, written);
  return written.failed.length === 0 ? EXIT.done : EXIT.failed;
}

/** Where each collision was asked about, nobody needs to be asked again, unless something is new beside them. */
async function mayGoOn(
  context: Context,
  plan: readonly Planned[],
  chosen: readonly Settled[],
  asking: boolean,
): Promise<boolean> {
  if (!asking || chosen.length === 0 || !plan.some(({ action }) => action === 'add')) return true;
  return confirm(context, `import ${chosen.map(({ name }) => name).join(', ')}?`);
}

/** Off a terminal nobody could be asked. */
function tellSkipped({ note }: Context, { name, from, action, holder }: Settled): void {
  if (action !== 'taken') return;
  note(`skipped ${name} from ${from}: another ${holder} has the name → mcp import on a terminal asks`);
}

function tell({ print, note }: Context, { added, failed, secrets }: Written): void {
  for (const { name, replaced } of added) print(`${replaced ? 'replaced' : 'imported'} ${name}`);
  for (const { envFile, names } of secrets) {
    print(`moved ${plural(names.length, 'secret')} (${names.join(', ')}) to ${envFile}`);
  }
  for (const { name, problem } of failed) note(`${name} was not imported: ${problem}`);
  const [first] = added;
  if (first !== undefined) print(added.length === 1 ? `→ mcp ${first.name} start` : '→ mcp list');
}
