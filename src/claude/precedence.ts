import type { ClaudeServer } from './servers.ts';

/** An entry, and what Claude Code makes of it in one folder. */
export interface Ranked {
  readonly server: ClaudeServer;
  /** The entry of the same name that counts instead; null when this one does. */
  readonly shadowedBy: ClaudeServer | null;
}

/**
 * Which entries count where several scopes have the same name: local over project over user, and of project files the
 * nearest. The whole entry wins; nothing is merged.
 *
 * @param servers from the strongest place to the weakest
 */
export function rankByScope(servers: readonly ClaudeServer[]): Ranked[] {
  const winners = new Map<string, ClaudeServer>();
  return servers.map((server) => {
    const winner = winners.get(server.name) ?? null;
    if (winner === null) winners.set(server.name, server);
    return { server, shadowedBy: winner };
  });
}
