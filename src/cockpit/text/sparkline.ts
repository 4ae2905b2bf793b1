/** Upper bound in milliseconds of each step; slower than the last is the highest bar. */
const STEPS = [25, 60, 150, 400, 1000, 2500, 5000] as const;

/**
 * The last `columns` probe latencies as bars, newest last, null (a failed probe) as `failed`. The scale is fixed and coarse, so that
 * a healthy server's line stands still instead of redrawing with each probe: a local server that answers within 25 ms is well,
 * however much faster it could be.
 */
export function sparkline(
  probes: readonly (number | null)[],
  columns: number,
  bars: readonly string[],
  failed: string,
): string {
  const shown = probes.slice(Math.max(0, probes.length - columns));
  return shown
    .map((latency) => {
      if (latency === null) return failed;
      const step = STEPS.findIndex((bound) => latency <= bound);
      return bars[step === -1 ? STEPS.length : step] ?? bars.at(-1) ?? '';
    })
    .join('');
}
