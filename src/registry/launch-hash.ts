import { createHash } from 'node:crypto';
import type { ServerEntry } from './entry.ts';
import { transportOf } from './entry-rules.ts';

/**
 * A fingerprint of what shapes a server's process: 16 hexadecimal digits. Fields are taken as written and the env file
 * as read, so that it is the same in whichever shell it is computed; rules that apply without a restart are left out.
 */
export function launchHash(entry: ServerEntry, envFile: Readonly<Record<string, string>>): string {
  const { command, args, path, port, env, endpoint, url, headers, log } = entry;
  const shape = [
    transportOf(entry),
    [command, args, path, port, endpoint, url, log ?? 'shared'].map((value) => value ?? null),
    sorted(env),
    sorted(headers),
    sorted(envFile),
  ];
  return createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 16);
}

function sorted(map: Readonly<Record<string, string>> = {}): [string, string][] {
  return Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
