import type { Outcome } from '../supervisor/api.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { jsonText, outcomesJson } from './json.ts';
import { problemLine, stateRole } from './unit-text.ts';

/** Prints one line for each server (or the JSON of all) and says how that counts. */
export function reportOutcomes(context: Context, outcomes: readonly Outcome[]): ExitCode {
  if (context.json) {
    context.print(jsonText(outcomesJson(outcomes)));
  } else {
    const width = Math.max(0, ...outcomes.map(({ name }) => name.length));
    for (const outcome of outcomes) context.print(outcomeLine(outcome, width, context));
  }
  return outcomes.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
}

/** `✓ mem0    started, pid 4123`, `✘ github  failed: exit 1 → mcp github logs`. */
export function outcomeLine(
  { name, ok, verb, state, pid, problem, signalled }: Outcome,
  width: number,
  { glyphs, paint }: Pick<Context, 'glyphs' | 'paint'>,
): string {
  const mark = ok
    ? paint(problem === null ? glyphs.tick : '!', problem === null ? 'ok' : 'warn')
    : paint(glyphs.cross, 'error');
  const details = [
    verb,
    ...(pid === null ? [] : [`pid ${pid}`]),
    ...signalled.map((each) => `${each.signal} to ${each.pid}`),
  ].join(', ');
  const why = problem === null ? '' : `: ${problemLine(problem)}`;
  return `${mark} ${paint(name.padEnd(width), 'strong')}  ${paint(details, ok ? undefined : stateRole(state))}${why}`;
}
