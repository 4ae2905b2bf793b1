import type { LaunchSpec } from '../../registry/launch-spec.ts';
import type { Problem } from '../../registry/problem.ts';
import type { Era, UnitView } from '../api.ts';
import { type ProcessIdentity, startedAt } from '../process/identity.ts';
import { type Unit, visibleState } from '../unit.ts';

export interface Usage {
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
}

export const NO_USAGE: Usage = { cpuPercent: null, memoryBytes: null };

/** Everything the row of a unit is made of. */
export interface UnitFacts {
  readonly title: string;
  readonly unit: Unit;
  readonly spec: LaunchSpec | null;
  /** As last recorded, for a unit whose entry cannot be read. */
  readonly recordedPort: number | null;
  readonly identity: ProcessIdentity | null;
  /** The real server below shells and wrappers. */
  readonly serverPid: number | null;
  readonly usage: Usage;
  readonly toolCount: number | null;
  readonly probes: readonly (number | null)[];
  readonly era: Era | null;
  readonly revision: string | null;
  readonly entryProblem: Problem | null;
  readonly entryChanged: boolean;
  readonly logPath: string;
  readonly killAt: number | null;
}

/** The row people see, without what only the hub knows. An entry that cannot be used shows as blocked unless something of it runs. */
export function unitView(facts: UnitFacts): UnitView {
  const { unit, spec } = facts;
  const identity = unit.live ? facts.identity : null;
  const state = visibleState(unit);
  const invalid = facts.entryProblem !== null && !unit.live && state !== 'foreign';
  const { phase } = unit;
  return {
    name: unit.name,
    title: facts.title,
    state: invalid ? 'blocked' : state,
    desired: unit.desired,
    transport: spec?.transport ?? 'http',
    port: spec?.port ?? facts.recordedPort,
    pid: identity ? (facts.serverPid ?? identity.pid) : null,
    startedAt: identity ? startedAt(identity.startTicks) : null,
    stateSince: unit.since,
    cpuPercent: identity ? facts.usage.cpuPercent : null,
    memoryBytes: identity ? facts.usage.memoryBytes : null,
    toolCount: facts.toolCount,
    probes: facts.probes,
    era: facts.era,
    revision: facts.revision,
    cause: invalid ? facts.entryProblem : unit.cause,
    retry: phase.state === 'backoff' ? { attempt: phase.attempt, max: unit.rules.max, nextAt: phase.nextAt } : null,
    restarts: unit.restarts,
    lastExit: unit.lastExit,
    entryChanged: facts.entryChanged,
    logPath: facts.logPath,
    killAt: facts.killAt,
    traffic: null,
  };
}
