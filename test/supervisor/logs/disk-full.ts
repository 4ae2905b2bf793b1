// `node disk-full.ts DIR`: DIR is the mount point of a file system of 1 MB. Fills it through a log and prints, as JSON,
// what became of the log, of its marks and of its times.
import { spawnSync } from 'node:child_process';
import { closeSync, readdirSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CUT_LADDER } from '../../../src/supervisor/logs/cut.ts';
import { appendMark, openLog } from '../../../src/supervisor/logs/log-file.ts';
import { rotateRunning } from '../../../src/supervisor/logs/rotate.ts';
import { readLog } from '../../../src/supervisor/logs/tail.ts';
import { indexPath, LogClock, readTimeIndex } from '../../../src/supervisor/logs/time-index.ts';

const [dir = ''] = process.argv.slice(2);
const log = join(dir, 'a.log');
const limits = { maxBytes: 100 * 1024, keep: 3 };
const clock = new LogClock(dir);
clock.track('a');

function fill(): void {
  const opened = openLog(log);
  if (!opened.ok) throw new Error(opened.problem.what);
  spawnSync('yes', [`line ${'x'.repeat(80)}`], { stdio: ['ignore', opened.value.fd, 'ignore'] });
  closeSync(opened.value.fd);
}

function free(): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

fill();
// The last bytes too, so that nothing at all can be written.
try {
  for (let n = 0; ; n++) writeFileSync(join(dir, `filler${n}`), Buffer.alloc(free() || 1));
} catch {}
clock.untrack('a');
const full = { free: free(), mark: appendMark(log, 'ended'), index: readTimeIndex(log).length };
clock.track('a');
const rotation = await rotateRunning(log, limits);
const marked = appendMark(log, 'goes on').ok;
const lines = await readLog(log);
const kept = { count: lines.length, first: lines[0]?.plain, last: lines.at(-1)?.plain };
clock.untrack('a');
const indexBytes = statSync(indexPath(log), { throwIfNoEntry: false })?.size ?? 0;

fill();
const truncation = await rotateRunning(log, limits, CUT_LADDER.slice(-1));
const end = {
  free: free(),
  names: readdirSync(dir).filter((name) => !name.startsWith('filler')),
  size: statSync(log).size,
};
const base = readdirSync(dir).includes('a.log.base') ? readFileSync(`${log}.base`, 'utf8') : '{}';
process.stdout.write(
  JSON.stringify({ full, rotation, marked, kept, indexBytes, truncation, end, base: JSON.parse(base) }),
);
