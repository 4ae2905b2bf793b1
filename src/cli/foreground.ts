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
    const over = Promise.withResolvers<ExitCode>();
    const outcomes = await interruptible(context.io, api.start(names, options));
    if (outcomes === INTERRUPTED) return await stopAll(context, api, names);
    for (const outcome of outcomes) tellOutcome(context, outcome);
    const unsubscribe = await api.subscribe((event) => {
      if (event.type === 'snapshot') settle(event.snapshot.units);
      if (event.type === 'units')
        void api.snapshot().then(
          ({ units }) => settle(units),
          () => {},
        );
      if (event.type === 'closed') {
        context.note(`${event.reason} → mcp status`);
        over.resolve(EXIT.unreachable);
      }
    });
    const settle = (units: readonly UnitView[]) => {
      const ours = units.filter(({ name }) => names.includes(name));
      if (ours.some(({ state }) => !ENDED.has(state))) return;
      for (const { name, cause } of ours) if (cause !== null) context.note(`${name}: ${problemLine(cause)}`);
      over.resolve(ours.every(({ state }) => state === 'stopped') ? EXIT.done : EXIT.failed);
    };
    try {
      const ended = await interruptible(context.io, over.promise);
      return ended === INTERRUPTED ? await stopAll(context, api, names) : ended;
    } finally {
      unsubscribe();
    }
  } finally {
    closeLogs();
  }
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
