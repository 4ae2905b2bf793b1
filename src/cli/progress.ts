import type { SupervisorApi, UnitView } from '../supervisor/api.ts';
import type { Context } from './context.ts';
import { problemLine } from './unit-text.ts';

const CLEAR_LINE = '\r\u001B[K';

/**
 * Tells on stderr what is awaited: on a terminal one line that is rewritten at each change, elsewhere a line per step.
 * Returns what ends it and cleans up. With `--json` there is nobody to tell.
 */
export async function showProgress(
  { io, json, glyphs }: Context,
  api: SupervisorApi,
  names: readonly string[],
): Promise<() => void> {
  if (json) return () => {};
  const live = io.stderr.isTTY === true;
  const shown = new Map<string, string>();
  const write = (text: string) => void io.stderr.write(text);

  const tell = (units: readonly UnitView[]) => {
    for (const unit of units.filter(({ name }) => names.includes(name))) {
      const words = unit.state + (unit.cause === null ? '' : `: ${problemLine(unit.cause)}`);
      if (shown.get(unit.name) === words) continue;
      const isFirst = !shown.has(unit.name);
      shown.set(unit.name, words);
      // What it was before anything was done is no step.
      if (!live && !isFirst) write(`${unit.name} ${words}\n`);
    }
    if (live)
      write(
        CLEAR_LINE +
          [...shown]
            .map(([name, words]) => `${name} ${words}`)
            .join(` ${glyphs.dot} `)
            .slice(0, (io.stderr.columns ?? 80) - 1),
      );
  };

  const unsubscribe = await api.subscribe((event) => {
    if (event.type === 'units') tell(event.units);
    if (event.type === 'snapshot') tell(event.snapshot.units);
  });
  return () => {
    unsubscribe();
    if (live) write(CLEAR_LINE);
  };
}
