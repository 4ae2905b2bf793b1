import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { needs } from '../../helpers/require.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const script = fileURLToPath(new URL('disk-full.ts', import.meta.url));

function canMount(): boolean {
  if (needs('root', 'linux') !== null) return false;
  if (spawnSync('unshare', ['-m', 'true']).status === 0) return true;
  process.stderr.write('skipped: a mount namespace is not allowed here\n');
  return false;
}

test.skipIf(!canMount())(
  'a full disk: the log is cut without a copy, which is said, and everything goes on (F46)',
  () => {
    using dir = temporaryDirectory();
    const disk = dir.file('disk');
    mkdirSync(disk);
    const inside = 'mount -t tmpfs -o size=1m,mode=0700 full "$1" && exec "$2" "$3" "$1"';
    const output = execFileSync('unshare', ['-m', 'sh', '-c', inside, 'sh', disk, process.execPath, script], {
      encoding: 'utf8',
    });
    const report: unknown = JSON.parse(output);
    expect(report).toMatchObject({
      full: { free: 0, mark: { ok: false, problem: { why: 'no space left on the device' } } },
      rotation: { archivedBytes: 0, problem: { why: 'too little free space' } },
      marked: true,
      kept: {
        count: expect.toSatisfy((lines: number) => lines > 200),
        last: expect.stringMatching(/^--- .* goes on ---$/),
      },
      truncation: { method: 'truncated', archivedBytes: 0, problem: { why: 'too little free space' } },
      end: { size: 0, names: expect.not.arrayContaining(['a.log.1.new', 'a.log.base.new']) },
      base: { cutting: null },
    });
    expect(report).toMatchObject({ indexBytes: expect.toSatisfy((bytes: number) => bytes % 16 === 0) });
    expect(report).toMatchObject({ end: { free: expect.toSatisfy((bytes: number) => bytes > 500_000) } });
  },
);
