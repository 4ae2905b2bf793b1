import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../helpers/root.ts';

export interface PlainUser {
  /** Absent when this process is no superuser itself: then everything runs as who we are. */
  readonly uid?: number;
  readonly gid?: number;
}

const NOBODY = { uid: 65_534, gid: 65_534 };

/**
 * Somebody whom permissions hold back. The superuser may enter and write everything, so a test of that runs the commands
 * as another user then. Null, and a line that says so, when that user cannot even read this installation.
 */
export function plainUser(): PlainUser | null {
  if (process.getuid?.() !== 0) return {};
  const { status } = spawnSync(process.execPath, [join(root, 'dist/bin/mcp.cjs'), '--version'], {
    ...NOBODY,
    cwd: '/',
    stdio: 'ignore',
  });
  if (status === 0) return NOBODY;
  process.stderr.write('skipped, as this is missing: a plain user who can read this folder (running as root)\n');
  return null;
}
