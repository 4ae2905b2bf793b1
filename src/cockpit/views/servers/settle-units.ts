import type { HubView, UnitTraffic, UnitView } from '../../../supervisor/api.ts';

/**
 * Smaller moves than these are noise on a screen: redrawing them would keep an idle terminal busy. Servers that wait cost now
 * 0 %, now half a percent; that one is at work is worth showing from one percent on, and that it rests always.
 */
const CPU_STEP = 1;
const CPU_SHARE = 0.15;
const MEMORY_STEP = 1_500_000;
const MEMORY_SHARE = 0.03;
const CALLS_STEP = 0.1;
const CALLS_SHARE = 0.1;
const P95_STEP = 1;
const P95_SHARE = 0.15;

function still(shown: number | null, next: number | null, step: number, share: number): number | null {
  if (shown === null || next === null || next === 0) return next;
  return Math.abs(next - shown) < Math.max(step, share * shown) ? shown : next;
}

function sameProbes(a: UnitView['probes'], b: UnitView['probes']): boolean {
  return a.length === b.length && a.every((latency, index) => latency === b[index]);
}

function settleTraffic(shown: UnitTraffic | null, next: UnitTraffic | null): UnitTraffic | null {
  if (shown === null || next === null) return next;
  const settled: UnitTraffic = {
    clients: next.clients,
    callsPerMinute: still(shown.callsPerMinute, next.callsPerMinute, CALLS_STEP, CALLS_SHARE) ?? 0,
    p95Ms: still(shown.p95Ms, next.p95Ms, P95_STEP, P95_SHARE),
  };
  return equal(shown, settled) ? shown : settled;
}

/** A unit's next row with figures that moved too little held still; the very same row when nothing else moved either. */
export function settleUnit(shown: UnitView, next: UnitView): UnitView {
  const probes = sameProbes(shown.probes, next.probes) ? shown.probes : next.probes;
  const settled: UnitView = {
    ...next,
    probes,
    cpuPercent: still(shown.cpuPercent, next.cpuPercent, CPU_STEP, CPU_SHARE),
    memoryBytes: still(shown.memoryBytes, next.memoryBytes, MEMORY_STEP, MEMORY_SHARE),
    traffic: settleTraffic(shown.traffic, next.traffic),
  };
  return isSame(shown, settled) ? shown : settled;
}

function isSame(a: UnitView, b: UnitView): boolean {
  return Object.entries(a).every(([key, value]) => equal(value, Reflect.get(b, key)));
}

/** Plain JSON: the cause, the last exit and the retry come as new objects with each event. */
function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return typeof a === 'object' && a !== null && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
}

/** The list with `changed` rows put in place; the very same list when none of them differs. */
export function mergeUnits(units: readonly UnitView[], changed: readonly UnitView[]): readonly UnitView[] {
  const news = new Map(changed.map((unit) => [unit.name, unit]));
  let isChanged = false;
  const merged = units.map((unit) => {
    const next = news.get(unit.name);
    const settled = next === undefined ? unit : settleUnit(unit, next);
    isChanged ||= settled !== unit;
    return settled;
  });
  return isChanged ? merged : units;
}

/** What moved: the state of a server, how much it takes, the latency of its probes, or nothing that is shown. */
export type News = 'state' | 'usage' | 'latency' | 'none';

/** The most telling news of a unit; a unit that was not shown before is all news. */
export function newsOf(shown: UnitView | undefined, next: UnitView): News {
  if (shown === undefined) return 'state';
  const { cpuPercent, memoryBytes, probes, traffic } = shown;
  const settled = settleUnit(shown, next);
  if (!isSame(shown, { ...next, cpuPercent, memoryBytes, probes, traffic })) return 'state';
  const isUsage =
    settled.cpuPercent !== cpuPercent || settled.memoryBytes !== memoryBytes || settled.traffic !== traffic;
  if (isUsage) return 'usage';
  return settled === shown ? 'none' : 'latency';
}

/** Whether the hub still is what is shown: its address, clients, calls, problems. */
export const sameHub = (shown: HubView | null, next: HubView): boolean => equal(shown, next);
