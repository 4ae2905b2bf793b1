import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installPeer } from './install-peer.ts';
import { timeCommand } from './measure.ts';

const VERSION = '7.0.4';

/** pm2 in a home of its own. Installed once below node_modules/.cache; null where that cannot be done. */
export class Pm2 {
  readonly version = VERSION;
  readonly #bin: string;
  readonly #home = mkdtempSync(path.join(tmpdir(), 'mcp-bench-pm2-'));
  readonly env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: this.#home,
    PM2_HOME: path.join(this.#home, 'pm2'),
    LANG: 'C.UTF-8',
  };

  private constructor(bin: string) {
    this.#bin = bin;
  }

  static install(): Pm2 | null {
    const folder = installPeer('pm2', VERSION);
    return folder === null ? null : new Pm2(path.join(folder, 'bin/pm2'));
  }

  get daemonPid(): number {
    return Number(readFileSync(path.join(this.#home, 'pm2/pm2.pid'), 'utf8'));
  }

  get dir(): string {
    return this.#home;
  }

  run(...args: string[]): Promise<number> {
    return timeCommand(process.execPath, [this.#bin, ...args], this.env);
  }

  pidOf(name: string): number {
    return Number(execFileSync(process.execPath, [this.#bin, 'pid', name], { env: this.env, encoding: 'utf8' }).trim());
  }

  async close(): Promise<void> {
    await this.run('kill').catch(() => 0);
    rmSync(this.#home, { recursive: true, force: true });
  }
}
