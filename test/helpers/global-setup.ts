import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { killAllWith, processesWith } from './processes.ts';
import { root } from './root.ts';

/** How long processes that were told to end may take before they count as left behind. */
const GRACE_MS = 5_000;

/**
 * Tests run the commands as users do, from dist/: build it once, before the first file.
 * Everything the tests start inherits `MCP_TEST_RUN`, so that what they leave behind is found afterwards: that is a failure.
 */
export default function setUp(): () => Promise<void> {
  execFileSync(process.execPath, ['build.mjs', '--if-stale'], { cwd: root, stdio: 'inherit' });
  const run = randomUUID();
  process.env.MCP_TEST_RUN = run;
  return () => refuseLeftovers(run);
}

async function refuseLeftovers(run: string): Promise<void> {
  const deadline = Date.now() + GRACE_MS;
  let left = await leftovers(run);
  while (left.length > 0 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    left = await leftovers(run);
  }
  if (left.length === 0) return;
  await killAllWith('MCP_TEST_RUN', run);
  throw new Error(`tests left processes behind:\n${left.join('\n')}`);
}

/** Pid and command line of each; the runner's own workers do not count. */
async function leftovers(run: string): Promise<string[]> {
  const pids = await processesWith('MCP_TEST_RUN', run);
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();
      return command === '' || command.includes('vitest') ? [] : [`${pid} ${command}`];
    }),
  );
  return lines.flat();
}
