import { readdir, readFile } from 'node:fs/promises';

/**
 * Pids of the living processes that were started with `NAME=value` in their environment.
 * Only what the kernel shows counts (Linux); a zombie has no environment left and does not count.
 */
export async function processesWith(name: string, value: string): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environ.split('\0').includes(`${name}=${value}`) ? [pid] : [];
    }),
  );
  return found.flat();
}

/** Kills until nothing is left: what a dying process still starts is found by the next look. */
export async function killAllWith(name: string, value: string): Promise<void> {
  for (let pids = await processesWith(name, value); pids.length > 0; pids = await processesWith(name, value)) {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in between.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
