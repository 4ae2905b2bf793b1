import type { PeerTarget } from '../../protocol/peer.ts';
import type { StdioChannel } from '../../protocol/stdio-channel.ts';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import { DEFAULT_RULES, type Rules } from '../unit.ts';

/** How a unit is stopped whose entry is gone or cannot be read. */
export const DEFAULT_STOP: LaunchSpec['stop'] = { signal: 'SIGTERM', graceMs: 10_000 };

/** What the state machine has to know of an entry; defaults when there is none to read. */
export function rulesOf(spec: LaunchSpec | null): Rules {
  if (!spec) return DEFAULT_RULES;
  const { policy, max, windowMs, initialMs, maxMs, factor } = spec.restart;
  return {
    kind: spec.transport === 'remote' ? 'remote' : 'process',
    stdio: spec.transport === 'stdio',
    lazy: spec.lazy,
    policy,
    restartOnUnhealthy: spec.restart.onUnhealthy,
    max,
    windowMs,
    initialMs,
    maxMs,
    factor,
    probeFailures: spec.health.failures,
  };
}

/** Where an MCP client reaches the unit; null when there is nothing to reach (yet). */
export function connectionTarget(spec: LaunchSpec, channel: StdioChannel | null): PeerTarget | null {
  const { headers } = spec;
  if (spec.transport === 'stdio') return channel ? { kind: 'stdio', channel } : null;
  if (spec.transport === 'remote') return spec.url === null ? null : { kind: 'http', url: spec.url, headers };
  if (spec.port === null) return null;
  return { kind: spec.transport, url: `http://127.0.0.1:${spec.port}${spec.endpoint}`, headers };
}
