import { setTimeout as sleep } from 'node:timers/promises';
import type { StdioChannel } from '../../protocol/stdio-channel.ts';
import { formatDuration } from '../../registry/duration.ts';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import type { Problem } from '../../registry/problem.ts';
import type { ProcessIdentity } from '../process/identity.ts';
import { ownsPort, portHolder, readListeners } from '../process/ports.ts';
import { treeOf } from '../process/tree.ts';
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
}

export type GateOutcome =
  | { readonly type: 'passed'; readonly latencyMs: number; event(run: number): Event }
  | { readonly type: 'failed'; event(run: number): Event }
  | { readonly type: 'relaunch' }
  | { readonly type: 'stale' };

const FIRST_WAIT_MS = 15;
const LONGEST_WAIT_MS = 400;

export async function passGate(parts: GateParts): Promise<GateOutcome> {
  const { spec } = parts;
  const { startupMs } = spec.health;
  const deadline = startupMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + startupMs;
  let last: Problem = { what: 'it has not answered yet' };
  for (let wait = FIRST_WAIT_MS; performance.now() < deadline; wait = Math.min(LONGEST_WAIT_MS, wait * 1.4)) {
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

async function tryOnce(parts: GateParts, leftMs: number): Promise<GateOutcome | { type: 'not-yet'; problem: Problem }> {
  const { spec, connection, channel } = parts;
  const port = portProblem(spec, parts.identity);
  if (port) return { type: 'not-yet', problem: port };
  const target = connectionTarget(spec, channel);
  if (!target) return { type: 'not-yet', problem: { what: 'there is nothing to connect to' } };
  // A stdio server is asked once and gets all the time there is; an HTTP server is asked again and again.
  const timeoutMs = target.kind === 'stdio' ? leftMs : Math.min(leftMs, spec.health.timeoutMs);
  const answer = await connection.connect(target, timeoutMs);
  if (answer.ok) return { type: 'passed', latencyMs: answer.latencyMs, event: (run) => ({ type: 'gate-passed', run }) };
  const { kind, problem } = answer;
  if (kind === 'exited-on-discover' && !parts.legacyTried) return { type: 'relaunch' };
  if (kind === 'auth') return { type: 'failed', event: (run) => ({ type: 'auth-needed', run, problem }) };
  return { type: 'not-yet', problem };
}

function portProblem(spec: LaunchSpec, identity: ProcessIdentity): Problem | null {
  if (spec.transport === 'stdio' || spec.port === null) return null;
  const listeners = readListeners();
  // Asked again and again while a server starts: the tree is only read once somebody listens.
  if (!listeners.has(spec.port)) {
    return {
      what: `nothing listens on port ${spec.port} yet`,
      next: `mcp ${spec.name} logs; does its command use port ${spec.port}?`,
    };
  }
  const pids = treeOf(identity).map((member) => member.pid);
  if (ownsPort(spec.port, pids, listeners) === 'own') return null;
  const holder = portHolder(spec.port);
  return {
    what: `port ${spec.port} was taken by another process`,
    ...(holder ? { holder: describeHolder(holder) } : {}),
    next: `stop that process, or change "port" of ${spec.name}`,
  };
}
