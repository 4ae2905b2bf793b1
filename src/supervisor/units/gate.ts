import { setTimeout as sleep } from 'node:timers/promises';
import type { StdioChannel } from '../../protocol/stdio-channel.ts';
import { formatDuration } from '../../registry/duration.ts';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import type { Problem } from '../../registry/problem.ts';
import type { ProcessIdentity } from '../process/identity.ts';
import { isListenedOn, nextListeners, ownsPort, portHolder } from '../process/ports.ts';
import { nextScan } from '../process/scan.ts';
import { realServer, treeOf } from '../process/tree.ts';
import type { Event } from '../unit.ts';
import { connectionTarget } from './spec.ts';
import type { UnitConnection } from './unit-connection.ts';
import { describeHolder } from './unit-process.ts';

/**
 * The ready gate (R11): the leader is alive (its exit ends the wait), the port is listened on by a process of its own
 * tree, and it answers as an MCP server. Without the middle part a stranger on the port makes a dead server look well.
 */
export interface GateParts {
  readonly spec: LaunchSpec;
  readonly identity: ProcessIdentity;
  readonly connection: UnitConnection;
  readonly channel: StdioChannel | null;
  stale(): boolean;
  waiting(problem: Problem): void;
  /** It was started again once already because of the era. */
  readonly legacyTried: boolean;
  /** By how much the longest pause between two looks grows, so that a thousand slow starters cost no more than a few. */
  readonly stretch: number;
}

export type GateOutcome =
  | {
      readonly type: 'passed';
      readonly latencyMs: number;
      /** The real server below shells and wrappers. */
      readonly serverPid: number | null;
      event(run: number): Event;
    }
  | { readonly type: 'failed'; event(run: number): Event }
  | { readonly type: 'relaunch' }
  | { readonly type: 'stale' };

const FIRST_WAIT_MS = 15;
const LONGEST_WAIT_MS = 400;

export async function passGate(parts: GateParts): Promise<GateOutcome> {
  const { spec, stretch } = parts;
  const { startupMs } = spec.health;
  const longestWait = LONGEST_WAIT_MS * stretch;
  const deadline = startupMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + startupMs;
  let last: Problem = { what: 'it has not answered yet' };
  for (let wait = FIRST_WAIT_MS; performance.now() < deadline; wait = Math.min(longestWait, wait * 1.4)) {
    if (parts.stale()) return { type: 'stale' };
    const answer = await tryOnce(parts, Math.min(deadline - performance.now(), 2 ** 31 - 1));
    if (parts.stale() && answer.type !== 'relaunch') return { type: 'stale' };
    if (answer.type !== 'not-yet') return answer;
    if (answer.problem.what !== last.what || answer.problem.holder !== last.holder) parts.waiting(answer.problem);
    last = answer.problem;
    await sleep(Math.min(wait, Math.max(0, deadline - performance.now())), undefined, { ref: false });
  }
  const problem: Problem = {
    ...last,
    what: `not ready within ${formatDuration(startupMs)}: ${last.what}`,
    next: last.next ?? `mcp ${spec.name} logs; a slow starter needs a longer "health": {"startup": …}`,
  };
  return { type: 'failed', event: (run) => ({ type: 'gate-timed-out', run, problem }) };
}

async function tryOnce(parts: GateParts, leftMs: number): Promise<GateOutcome | NotYet> {
  const { spec, identity, connection, channel } = parts;
  const owner =
    spec.transport === 'stdio' || spec.port === null ? null : await portOwner(spec.name, spec.port, identity);
  if (owner?.type === 'not-yet') return owner;
  const target = connectionTarget(spec, channel);
  if (!target) return { type: 'not-yet', problem: { what: 'there is nothing to connect to' } };
  // A stdio server is asked once and gets all the time there is; an HTTP server is asked again and again.
  const timeoutMs = target.kind === 'stdio' ? leftMs : Math.min(leftMs, spec.health.timeoutMs);
  const answer = await connection.connect(target, timeoutMs);
  if (answer.ok) {
    const { latencyMs } = answer;
    const serverPid = owner ? owner.pid : realServer(treeOf(identity, await nextScan()), identity.pid);
    return { type: 'passed', latencyMs, serverPid, event: (run) => ({ type: 'gate-passed', run }) };
  }
  const { kind, problem } = answer;
  if (kind === 'exited-on-discover' && !parts.legacyTried) return { type: 'relaunch' };
  if (kind === 'auth') return { type: 'failed', event: (run) => ({ type: 'auth-needed', run, problem }) };
  return { type: 'not-yet', problem };
}

type NotYet = { readonly type: 'not-yet'; readonly problem: Problem };

/** The process of the launch that listens on its port. Asked again and again: who it is, is only looked up once somebody is. */
async function portOwner(
  name: string,
  port: number,
  identity: ProcessIdentity,
): Promise<NotYet | { readonly type: 'owner'; readonly pid: number | null }> {
  const nobody: NotYet = {
    type: 'not-yet',
    problem: {
      what: `nothing listens on port ${port} yet`,
      next: `mcp ${name} logs; does its command use port ${port}?`,
    },
  };
  if (!(await isListenedOn(port))) return nobody;
  const [seen, listeners] = await Promise.all([nextScan(), nextListeners()]);
  const members = treeOf(identity, seen);
  const pids = members.map(({ pid }) => pid);
  const verdict = ownsPort(port, pids, listeners);
  if (verdict === 'none') return nobody;
  if (verdict === 'own') return { type: 'owner', pid: realServer(members, identity.pid, port, () => listeners) };
  const holder = portHolder(port);
  return {
    type: 'not-yet',
    problem: {
      what: `port ${port} was taken by another process`,
      ...(holder ? { holder: describeHolder(holder) } : {}),
      next: `stop that process, or change "port" of ${name}`,
    },
  };
}
