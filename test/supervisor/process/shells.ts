import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { needs } from '../../helpers/require.ts';
import type { Arena } from './arena.ts';

/** The shells that /bin/sh is on the systems we know. */
export const SHELLS = ['dash', 'bash', 'busybox'] as const;
export type Shell = (typeof SHELLS)[number];

/** Why a shell cannot be tested here, or null. */
export function missingShell(shell: Shell): string | null {
  return shell === 'busybox' ? needs('busybox') : missingProgram(shell);
}

/** Why a program cannot be used here, or null. Says so where the run can be read. */
export function missingProgram(name: string): string | null {
  if (spawnSync(name, ['-c', '']).status === 0) return null;
  process.stderr.write(`skipped, as this is missing: ${name}\n`);
  return `${name} does not run`;
}

/** Path of the shell under the name that makes it behave as sh. */
export function shellPath(arena: Arena, shell: Shell): string {
  const link = path.join(arena.dir, 'sh');
  if (!existsSync(link)) symlinkSync(find(shell) ?? shell, link);
  return link;
}

function find(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, program)).find((file) => existsSync(file));
}
