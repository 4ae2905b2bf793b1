import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { resolvePaths } from '../../src/registry/paths.ts';
import type { SupervisorApi } from '../../src/supervisor/api.ts';
import { connectOrStart } from '../../src/supervisor/connect.ts';
import { killAllWith } from '../helpers/processes.ts';
import { root } from '../helpers/root.ts';

/** A throw-away home for a benchmark, without the test runner around it. */
export interface BenchHome {
  readonly dir: string;
  readonly runtimeDir: string;
  readonly env: Record<string, string>;
  readonly mcp: string;
  registry(entries: Readonly<Record<string, unknown>>): void;
  api(): Promise<SupervisorApi>;
  close(): Promise<void>;
}

export function benchHome(): BenchHome {
  const dir = mkdtempSync(path.join(tmpdir(), 'mcp-bench-'));
  const runtimeDir = path.join(dir, '.mcp-runtime');
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    MCP_RUNTIME_DIR: runtimeDir,
    MCP_DATA_DIR: path.join(dir, 'mcp-data'),
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    NODE_COMPILE_CACHE: path.join(dir, 'compile-cache'),
  };
  return {
    dir,
    runtimeDir,
    env,
    mcp: path.join(root, 'dist/bin/mcp.cjs'),
    registry: (entries) =>
      writeFileSync(path.join(dir, '.mcp-servers.json'), JSON.stringify(entries, null, 2), { mode: 0o600 }),
    api: async () => {
      const paths = resolvePaths(env);
      if (!paths.ok) throw new Error(paths.problem.what);
      return connectOrStart({ paths: paths.value, env });
    },
    close: async () => {
      await killAllWith('MCP_RUNTIME_DIR', runtimeDir);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
