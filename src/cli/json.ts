import type { HubView, LogLine, Outcome, Snapshot, SupervisorInfo, UnitView } from '../supervisor/api.ts';
import type {
  HubJson,
  LogLineJson,
  OutcomesJson,
  ServerJson,
  StatusJson,
  SupervisorJson,
  SupervisorStatusJson,
} from './json-shapes.ts';

/** Two spaces for people who look at it; `jq` does not mind. */
export function jsonText(value: StatusJson | OutcomesJson | SupervisorStatusJson): string {
  return JSON.stringify(value, null, 2);
}

/** @param units those of the snapshot that were asked for */
export function statusJson(snapshot: Snapshot, units: readonly UnitView[]): StatusJson {
  return {
    supervisor: supervisorJson(snapshot.supervisor),
    registry: {
      path: snapshot.registry.path,
      problems: [...snapshot.registry.problems],
      warnings: [...snapshot.registry.warnings],
    },
    servers: units.map(serverJson),
    banners: [...snapshot.banners],
  };
}

export function supervisorJson({
  mode,
  pid,
  version,
  startedAt,
  runtimeDir,
  clients,
}: SupervisorInfo): SupervisorJson | null {
  return mode === 'none' ? null : { mode, pid, version, startedAt: moment(startedAt), runtimeDir, clients };
}

export function hubJson({ url, clients, callsLastHour, problems }: HubView): HubJson {
  return { url, clients, callsLastHour, problems: [...problems] };
}

export function outcomesJson(outcomes: readonly Outcome[]): OutcomesJson {
  return {
    outcomes: outcomes.map(({ name, ok, verb, state, pid, problem, signalled }) => ({
      name,
      ok,
      verb,
      state,
      pid,
      problem,
      signalled: [...signalled],
    })),
  };
}

export function logLineJson(server: string, { at, level, plain }: LogLine): LogLineJson {
  return { server, at: at === null ? null : moment(at), level, text: plain };
}

function serverJson(unit: UnitView): ServerJson {
  const { startedAt, retry, lastExit } = unit;
  return {
    name: unit.name,
    title: unit.title,
    state: unit.state,
    desired: unit.desired,
    transport: unit.transport,
    port: unit.port,
    pid: unit.pid,
    startedAt: startedAt === null ? null : moment(startedAt),
    stateSince: moment(unit.stateSince),
    cpuPercent: unit.cpuPercent,
    memoryBytes: unit.memoryBytes,
    toolCount: unit.toolCount,
    era: unit.era,
    revision: unit.revision,
    cause: unit.cause,
    retry: retry === null ? null : { ...retry, nextAt: moment(retry.nextAt) },
    restarts: unit.restarts,
    lastExit: lastExit === null ? null : { ...lastExit, at: moment(lastExit.at) },
    entryChanged: unit.entryChanged,
    logPath: unit.logPath,
  };
}

function moment(at: number): string {
  return new Date(at).toISOString();
}
