import { setTimeout as sleep } from 'node:timers/promises';
import type { LaunchSpec } from '../registry/launch-spec.ts';
import type { Result } from '../registry/problem.ts';
import type { Fleet } from './fleet.ts';
import { emptyRecord, type UnitRecord } from './journal.ts';
import { logPath } from './logs/log-file.ts';
import { scanForNonces, serverOfNonce } from './nonce.ts';
import { exitView, readExitRecord } from './process/exit-record.ts';
import { identify, type ProcessIdentity, readBootId, readPidNamespace, readStat, verify } from './process/identity.ts';
import { processTable } from './process/process-table.ts';
import { recordedCommand } from './process/recorder.ts';
import { terminate } from './process/terminate.ts';
import { decideRecovery, type Recovery } from './recovery.ts';
import { exitProblem } from './units/exit-problem.ts';
import { DEFAULT_STOP } from './units/spec.ts';
import type { UnitHost } from './units/unit-host.ts';
import { exitFilePath } from './units/unit-process.ts';
import type { UnitRunner } from './units/unit-runner.ts';

/** Between fork and exec a child still shows its parent's environment: an unfinished intent is looked for twice (R6). */
const SECOND_LOOK_MS = 150;

interface Parts {
  readonly runtimeDir: string;
  readonly fleet: Fleet;
  readonly host: UnitHost;
  readonly records: ReadonlyMap<string, UnitRecord>;
  readonly onlyLooking: boolean;
  resolve(name: string): Result<LaunchSpec>;
}

/** After the death of an earlier supervisor: finds every process of ours and adopts it, ends it, or reports its exit. */
export async function recoverUnits(parts: Parts): Promise<void> {
  const holders = await findHolders(parts);
  const names = new Set([...parts.records.keys(), ...holders.keys()]);
  for (const name of names) {
    const record = parts.records.get(name) ?? recordOfFound(name);
    recoverOne(parts, record, holders.get(name) ?? new Map());
  }
}

/** Server → nonce → pids, of everything that carries a nonce of this runtime directory. */
async function findHolders({ runtimeDir, records }: Parts): Promise<Map<string, Map<string, number[]>>> {
  const unfinished = [...records.values()].filter(({ nonce, identity }) => nonce !== null && identity === null);
  let found = scanForNonces(runtimeDir);
  if (unfinished.some(({ nonce }) => nonce !== null && !found.has(nonce))) {
    await sleep(SECOND_LOOK_MS);
    found = scanForNonces(runtimeDir);
  }
  const byServer = new Map<string, Map<string, number[]>>();
  for (const [nonce, pids] of found) {
    const server = serverOfNonce(runtimeDir, nonce);
    if (server === null) continue;
    const nonces = byServer.get(server) ?? new Map<string, number[]>();
    nonces.set(nonce, pids);
    byServer.set(server, nonces);
  }
  return byServer;
}

function recoverOne(parts: Parts, record: UnitRecord, nonces: ReadonlyMap<string, readonly number[]>): void {
  const { fleet, host } = parts;
  const resolved = parts.resolve(record.name);
  const spec = resolved.ok ? resolved.value : null;
  const launches = [...nonces].map(([nonce, pids]) => survivorsOf(nonce, pids));
  const current = record.nonce
    ? launches.find(({ nonce }) => nonce === record.nonce)
    : (launches.find(({ leader }) => leader !== null) ?? launches[0]);
  for (const { remains } of launches.filter((launch) => launch !== current)) {
    host.note(record.name, 'leftover', `ending what an older launch left (group ${remains.pid})`);
    void terminate(remains, spec?.stop ?? DEFAULT_STOP);
  }
  const verdict = record.identity ? verify(record.identity) : 'none';
  const transport = record.transport ?? spec?.transport ?? null;
  const decision = decideRecovery({
    record,
    verdict,
    found: current?.leader ?? null,
    remains: current?.remains ?? null,
    piped: transport === 'stdio',
    onlyLooking: parts.onlyLooking,
  });
  const known = fleet.get(record.name);
  const runner =
    known ??
    (decision.do === 'nothing' || decision.do === 'report-exit' ? null : fleet.addOrphan(record.name, host, record));
  if (!runner) return;
  carryOut(parts, decision, runner, record, spec);
  if (!known) runner.dispatch({ type: 'entry-removed' });
}

function carryOut(
  parts: Parts,
  decision: Recovery,
  runner: UnitRunner,
  record: UnitRecord,
  spec: LaunchSpec | null,
): void {
  switch (decision.do) {
    case 'adopt':
      runner.adopt(decision.identity, spec, record.wasReady);
      parts.host.note(
        runner.name,
        'adopted',
        `pid ${decision.identity.pid}, running since ${new Date(runner.view().startedAt ?? Date.now()).toISOString()}`,
      );
      break;
    case 'end-leftover':
      parts.host.note(runner.name, 'leftover', `ending pid ${decision.identity.pid} left by an earlier supervisor`);
      runner.endLeftover(decision.identity, record.desired !== 'stopped');
      break;
    case 'report-exit':
      reportExit(parts, runner, record, spec);
      break;
    case 'hands-off':
      runner.dispatch({
        type: 'found-foreign',
        problem: {
          what: 'runs in another pid namespace',
          why: `pid ${record.identity?.pid} of another container or host shares this directory`,
          next: 'stop it where it was started',
        },
      });
      break;
    case 'nothing':
      break;
  }
}

/** It ended while nobody watched: one failure, with the code its recorder left (R9). */
function reportExit(
  { runtimeDir, host }: Parts,
  runner: UnitRunner,
  record: UnitRecord,
  spec: LaunchSpec | null,
): void {
  const { identity } = record;
  if (!identity || record.crashed) return;
  const recorded = readExitRecord(exitFilePath(runtimeDir, runner.name));
  const exit = exitView({
    code: recorded?.code ?? null,
    signal: null,
    requested: false,
    at: recorded?.at ?? Date.now(),
  });
  host.note(runner.name, 'exited-unwatched', exit.text);
  runner.adopt(identity, spec, record.wasReady);
  const { run } = runner.unit;
  runner.dispatch({
    type: 'exited',
    run,
    exit,
    problem: exitProblem(exit, logPath(runtimeDir, runner.name), spec?.secrets ?? [], runner.name),
  });
}

interface Survivors {
  readonly nonce: string;
  readonly leader: ProcessIdentity | null;
  /** Stands for the launch without its leader: enough to end everything that carries its nonce. */
  readonly remains: ProcessIdentity;
}

/** @param pids who carries the nonce, at least one */
function survivorsOf(nonce: string, pids: readonly number[]): Survivors {
  const leader = pids.find(isLeader);
  const group = readStat(pids[0] ?? 0)?.pgid ?? 0;
  const remains = { pid: group, startTicks: 0, bootId: readBootId(), pidNamespace: readPidNamespace(), nonce };
  return { nonce, leader: leader === undefined ? null : identify(leader, nonce), remains };
}

/** Everything of ours runs in a session of its own, led by its exit recorder. A daemon it started leads one as well. */
function isLeader(pid: number): boolean {
  return readStat(pid)?.pgid === pid && recordedCommand(processTable.argv(pid)) !== null;
}

/** A process without a record: the database was lost, and what runs was wanted (F60). */
function recordOfFound(name: string): UnitRecord {
  return { ...emptyRecord(name), desired: 'running', wasReady: false };
}
