import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where this MCP Cockpit lives and which one it is. */
export interface Installation {
  /** Absolute folder that holds `package.json` and `dist/`; `${MCP_COCKPIT}` in the registry. */
  readonly root: string;
  readonly version: string;
}

/** Found upwards from this very file, so that sources, bundles and a global install all agree. */
export function findInstallation(): Installation {
  for (let dir = dirname(fileURLToPath(import.meta.url)); dir !== dirname(dir); dir = dirname(dir)) {
    const manifest = join(dir, 'package.json');
    if (!existsSync(manifest)) continue;
    const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
    if (isOurs(parsed)) return { root: dir, version: parsed.version };
  }
  throw new Error('no package.json of mcp-cockpit above the program: the installation is damaged');
}

function isOurs(manifest: unknown): manifest is { name: string; version: string } {
  return (
    typeof manifest === 'object' &&
    manifest !== null &&
    'name' in manifest &&
    manifest.name === 'mcp-cockpit' &&
    'version' in manifest &&
    typeof manifest.version === 'string'
  );
}
