import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from '../helpers/root.ts';

/** A package to measure against, installed once below node_modules/.cache; its folder, or null where that cannot be done. */
export function installPeer(name: string, version: string): string | null {
  const cache = path.join(root, 'node_modules/.cache/mcp-cockpit-bench', `${name.replaceAll('/', '-')}@${version}`);
  const folder = path.join(cache, 'node_modules', name);
  if (existsSync(path.join(folder, 'package.json'))) return folder;
  try {
    const options = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', ['install', '--prefix', cache, ...options, `${name}@${version}`], { stdio: 'inherit' });
    return folder;
  } catch {
    process.stdout.write(`${name} could not be installed: its columns stay empty\n`);
    return null;
  }
}
