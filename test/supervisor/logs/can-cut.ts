import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { temporaryDirectory } from './temporary-directory.ts';

const OPTION = { collapsed: '--collapse-range', punched: '--punch-hole' } as const;

/** Whether the file system of the temporary directory can do it; says so when it cannot. */
export function canCut(method: keyof typeof OPTION): boolean {
  using dir = temporaryDirectory();
  writeFileSync(dir.file('probe'), Buffer.alloc(1024 * 1024, 'x'));
  try {
    execFileSync('fallocate', [OPTION[method], '--offset', '0', '--length', '65536', dir.file('probe')], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    process.stderr.write(`skipped: fallocate ${OPTION[method]} does not work in ${dir.path}\n`);
    return false;
  }
}
