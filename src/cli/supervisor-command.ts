import { setTimeout as sleep } from 'node:timers/promises';
import { dateTime, uptime } from '../cockpit/text/duration.ts';
import { plural } from '../cockpit/text/quantity.ts';
import type { HubView, Snapshot, SupervisorApi, SupervisorInfo } from '../supervisor/api.ts';
import { CommandError } from './command-error.ts';
import type { Context } from './context.ts';
import { look, running, steer, withEngine } from './engine.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { hubJson, jsonText, supervisorJson } from './json.ts';
import { reportOutcomes } from './outcomes.ts';
import { problemLine } from './unit-text.ts';

/** How long a supervisor that was told to end may take, all servers' grace included (milliseconds). */
const END_MS = 60_000;
const LOST_ANSWER_MS = 2_000;

/** `mcp supervisor status`: exit code 5 when none runs. */
export async function supervisorStatus(context: Context): Promise<ExitCode> {
  const api = await running(context);
  if (api === null) return tellNone(context, EXIT.unreachable);
  return withEngine(api, async () => {
    tell(context, await api.snapshot());
    return EXIT.done;
  });
}

/** `mcp supervisor stop`: HTTP servers stay up and are adopted by the next one, unless `all` stops them first. */
export async function supervisorStop(context: Context, { all }: { readonly all: boolean }): Promise<ExitCode> {
  const api = await running(context);
  if (api !== null) {
    await withEngine(api, async () => {
      const snapshot = await api.snapshot();
      await end(api, snapshot.supervisor.pid, all);
      if (!context.json) tellEnded(context, snapshot, all);
    });
    return context.json ? tellNone(context, EXIT.done) : EXIT.done;
  }
  return all ? stopWhatIsLeft(context) : tellNone(context, EXIT.done);
}

/** `mcp supervisor restart`: HTTP servers live through it, stdio servers start again. */
export async function supervisorRestart(context: Context): Promise<ExitCode> {
  const present = await running(context);
  if (present !== null) {
    await withEngine(present, async () => {
      const { pid } = await present.info();
      await end(present, pid, false);
    });
  }
  return withEngine(await steer(context), async (api) => {
    tell(context, await api.snapshot());
    return EXIT.done;
  });
}

/** A supervisor that was killed leaves HTTP servers behind. */
async function stopWhatIsLeft(context: Context): Promise<ExitCode> {
  return withEngine(await look(context), async (api) => {
    const { units } = await api.snapshot();
    const names = units.filter(({ pid }) => pid !== null).map(({ name }) => name);
    if (names.length === 0) return tellNone(context, EXIT.done);
    return reportOutcomes(context, await api.stop(names));
  });
}

/** Its answer may be lost with the connection; what counts is that the process is gone. */
async function end(api: SupervisorApi, pid: number, all: boolean): Promise<void> {
  const refusal = await api.shutdown({ all }).then(
    () => null,
    (error: unknown) => error,
  );
  if (refusal === null) return untilEnded(pid, END_MS);
  await untilEnded(pid, LOST_ANSWER_MS).catch(() => {
    throw refusal;
  });
}

async function untilEnded(pid: number, patienceMs: number): Promise<void> {
  // A zombie has ended: in a container its parent may reap it seconds later, or never (R22).
  const { aliveStat } = await import('../supervisor/process/identity.ts');
  for (const deadline = Date.now() + patienceMs; aliveStat(pid) !== null; await sleep(20)) {
    if (Date.now() > deadline) {
      throw new CommandError(EXIT.failed, {
        what: `the supervisor (pid ${pid}) was told to end and still runs`,
        next: `kill ${pid}`,
      });
    }
  }
}

function tell(context: Context, { supervisor, hub }: Snapshot): void {
  if (context.json) printJson(context, supervisor, hub);
  else for (const line of [...infoLines(supervisor), ...hubLines(hub)]) context.print(line);
}

function hubLines(hub: HubView | null): string[] {
  if (hub === null) return [];
  const { url, clients, callsLastHour, problems } = hub;
  const use = `${plural(clients, 'client')}, ${plural(callsLastHour, 'call')} in the last hour`;
  return [url === null ? 'hub: does not listen' : `hub ${url}/mcp: ${use}`, ...problems.map(problemLine)];
}

function infoLines({ pid, version, startedAt, clients, runtimeDir }: SupervisorInfo): string[] {
  // This command is a client as well.
  const others = plural(Math.max(0, clients - 1), 'client');
  return [
    `supervisor ${version}, pid ${pid}, up ${uptime(Date.now() - startedAt)} since ${dateTime(startedAt)}`,
    `${others} attached, runtime directory ${runtimeDir}`,
  ];
}

function tellEnded({ print }: Context, { supervisor, units }: Snapshot, all: boolean): void {
  print(`supervisor (pid ${supervisor.pid}) ended`);
  const left = all ? [] : units.filter(({ pid, transport }) => pid !== null && transport !== 'stdio');
  if (left.length === 0) return;
  print(`still running: ${left.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ')} → mcp all stop ends them`);
}

function tellNone(context: Context, exitCode: ExitCode): ExitCode {
  if (context.json) printJson(context, null, null);
  else context.print('no supervisor runs; the first server that is started brings one up');
  return exitCode;
}

function printJson({ print }: Context, info: SupervisorInfo | null, hub: HubView | null): void {
  print(jsonText({ supervisor: info === null ? null : supervisorJson(info), hub: hub && hubJson(hub) }));
}
