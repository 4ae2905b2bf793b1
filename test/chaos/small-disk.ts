import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endChild } from './child.ts';

/** A directory with a small file system of its own, in a mount namespace that ends with its holder. */
export interface SmallDisk extends AsyncDisposable {
  /** Put before a command line, so that it runs where the disk is mounted. */
  readonly prefix: readonly string[];
  /** The same path as seen from here. */
  seen(path: string): string;
  /** Takes all room that is left. */
  fill(): Promise<void>;
  /** Gives it back. */
  relieve(): Promise<void>;
}

/** Why there can be no small disk here, or null. Printed, so that a run says what it left out. */
export function noSmallDisk(): string | null {
  const tried = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
  if (tried.status === 0) return null;
  const reason = 'a mount namespace of our own (unshare -m, as root)';
  process.stderr.write(`skipped, as this is missing: ${reason}\n`);
  return reason;
}

export async function smallDisk(path: string, kilobytes: number): Promise<SmallDisk> {
  const script = 'mount -t tmpfs -o size="$2"k,mode=0700 tmpfs "$1" && echo mounted && exec sleep 100000';
  const holder = spawn('unshare', ['-m', 'sh', '-c', script, 'sh', path, String(kilobytes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const seen = (inside: string) => `/proc/${holder.pid}/root${inside}`;
  const ballast = join(seen(path), 'ballast');
  return {
    prefix: ['nsenter', '-t', String(holder.pid), '-m'],
    seen,
    fill: async () => {
      // The last pages go one by one: a large write may fail while small ones still fit.
      for (const size of [65_536, 4_096, 512]) {
        const block = Buffer.alloc(size, 'x');
        for (;;) {
          try {
            await writeFile(ballast, block, { flag: 'a' });
          } catch {
            break;
          }
        }
      }
    },
    relieve: () => rm(ballast, { force: true }),
    [Symbol.asyncDispose]: () => endChild(holder),
  };
}
