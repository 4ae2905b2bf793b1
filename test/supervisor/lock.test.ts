import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acquireLock } from '../../src/supervisor/lock.ts';
import { lockOwner } from '../../src/supervisor/lock-owner.ts';
import { needs } from '../helpers/require.ts';
import { root } from '../helpers/root.ts';
import { waitFor } from '../helpers/wait.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mcp-lock-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Another process (which keeps a reference: a database that is collected is closed, and its lock free) that tries to take the lock, says `held` or `refused`, and keeps it until it is killed. */
async function contender(
  where: string,
): Promise<{ readonly word: string; readonly pid: number; kill(): Promise<void> }> {
  const source = `const { acquireLock } = await import(${JSON.stringify(path.join(root, 'src/supervisor/lock.ts'))});
globalThis.lock = acquireLock(${JSON.stringify(where)}); console.log(globalThis.lock ? 'held' : 'refused'); setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [word] = (await once(child.stdout, 'data')) as [Buffer];
  const kill = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return { word: word.toString().trim(), pid: child.pid ?? 0, kill };
}

it('F6 belongs to one process at a time, and is free the moment its holder is killed', async () => {
  const first = await contender(dir);
  expect(first.word).toBe('held');
  expect(acquireLock(dir)).toBeNull();
  expect(lockOwner(dir)).toMatchObject({ pid: first.pid, suspended: false });
  await first.kill();
  expect(lockOwner(dir)).toBeNull();
  const lock = acquireLock(dir);
  expect(lock).not.toBeNull();
  const second = await contender(dir);
  expect(second.word).toBe('refused');
  await second.kill();
  lock?.release();
});

it('F5 tells that its holder is suspended', async () => {
  const holder = await contender(dir);
  process.kill(holder.pid, 'SIGSTOP');
  await waitFor('the suspension', () => lockOwner(dir)?.suspended);
  expect(acquireLock(dir)).toBeNull();
  await holder.kill();
});

it('leaves no journal beside it that a later holder would have to roll back', async () => {
  const holder = await contender(dir);
  await holder.kill();
  expect(execFileSync('ls', [dir], { encoding: 'utf8' })).not.toContain('journal');
});

it.skipIf(needs('linux', 'root') !== null)('F46 can be taken on a full disk', () => {
  const script = path.join(dir, 'full.sh');
  const source =
    `const { acquireLock } = await import(${JSON.stringify(path.join(root, 'src/supervisor/lock.ts'))}); console.log(acquireLock(process.argv[1]) ? 'held' : 'refused');`.replaceAll(
      "'",
      '"',
    );
  writeFileSync(
    script,
    `set -e\nmkdir -p "${dir}/small"\nmount -t tmpfs -o size=256k none "${dir}/small"\n: > "${dir}/small/supervisor.lock"\nprintf '1 1\\n' > "${dir}/small/supervisor.pid"\ndd if=/dev/zero of="${dir}/small/fill" bs=1k count=1024 2>/dev/null || true\n"${process.execPath}" --input-type=module -e '${source}' "${dir}/small"\n`,
  );
  expect(execFileSync('unshare', ['-m', 'sh', script], { encoding: 'utf8' })).toContain('held');
});
