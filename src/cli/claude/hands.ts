import { join } from 'node:path';
import type { Hands } from '../../claude/apply.ts';
import { type ClaudePlaces, claudePlaces, type Where } from '../../claude/claude-code.ts';
import { findClaude } from '../../claude/claude-command.ts';
import { type ClaudeServer, readServers } from '../../claude/servers.ts';
import { valueOr } from '../command-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';

function whereWeAre({ env, paths, io }: Context): Where {
  return { env, home: paths.home, cwd: io.cwd() };
}

/** What changes of Claude Code's configuration are made with. */
export function ourHands(context: Context): Hands {
  return { claude: findClaude(whereWeAre(context)), backups: backupFolder(context) };
}

export function backupFolder({ paths }: Context): string {
  return join(paths.dataDir, 'backups', 'claude');
}

/** Every entry that Claude Code reads in this folder, the strongest place first. */
export function entriesHere(context: Context): { readonly places: ClaudePlaces; readonly servers: ClaudeServer[] } {
  const places = claudePlaces(whereWeAre(context));
  const servers = places.read.flatMap((place) => valueOr(EXIT.badConfiguration, readServers(place)));
  return { places, servers };
}
