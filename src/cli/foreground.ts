import type { Outcome, StartOptions, SupervisorApi, UnitView } from '../supervisor/api.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { INTERRUPTED, interruptible } from './interruptible.ts';
import { followLogs } from './logs.ts';
import { outcomeLine, reportOutcomes } from './outcomes.ts';
import { problemLine } from './unit-text.ts';

/**
 * `start --fg`: starts servers and shows their output until Ctrl-C, which stops them, or until none of them runs any
 * more. Exit code 1 when one failed.
 */
export async function runInForeground(
  context: Context,
  api: SupervisorApi,
  names: readonly string[],
  options: StartOptions,
): Promise<ExitCode> {
  // From before the start on, so that the first line is not missed.
  const closeLogs = followLogs(context, names, { lines: 0 });
  try {
    const ended = await interruptible(context.io, startAndWatch(context, api, names, options));
    return ended === INTERRUPTED ? await stopAll(context, api, names) : ended;
  } finally {
    await closeLogs();
  }
}

async function startAndWatch(
  context: Context,
  api: SupervisorApi,
  names: readonly string[],
  options: StartOptions,
): Promise<ExitCode> {
  for (const outcome of await api.start(names, options)) tellOutcome(context, outcome);
  const over = Promise.withResolvers<ExitCode>();
  const units = new Map<string, UnitView>();
  const settle = (changed: readonly UnitView[]) => {
    for (const unit of changed) if (names.includes(unit.name)) units.set(unit.name, unit);
    const all = [...units.values()];
    if (all.some(({ state }) => !ENDED.has(state))) return;
    for (const { name, cause } of all) if (cause !== null) context.note(`${name}: ${problemLine(cause)}`);
    over.resolve(all.every(({ state }) => state === 'stopped') ? EXIT.done : EXIT.failed);
  };
  const unsubscribe = await api.subscribe((event) => {
    if (event.type === 'snapshot') settle(event.snapshot.units);
    if (event.type === 'units') settle(event.units);
    if (event.type !== 'closed') return;
    context.note(`${event.reason} → mcp status`);
    over.resolve(EXIT.unreachable);
  });
  return over.promise.finally(unsubscribe);
}

/** States that nothing leaves by itself. */
const ENDED: ReadonlySet<string> = new Set(['stopped', 'crashed', 'blocked', 'needs-auth', 'foreign']);

async function stopAll(context: Context, api: SupervisorApi, names: readonly string[]): Promise<ExitCode> {
  context.note('stopping');
  reportOutcomes(context, await api.stop(names));
  return EXIT.interrupted;
}

function tellOutcome(context: Context, outcome: Outcome): void {
  context.note(outcomeLine(outcome, 0, { glyphs: context.glyphs, paint: (text) => text }));
}
