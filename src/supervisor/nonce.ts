import { createHash, randomBytes } from 'node:crypto';
import { NONCE_VARIABLE } from './process/identity.ts';
import { processTable } from './process/process-table.ts';

/**
 * The launch nonce (`MCP_SUP_ID` in the environment of everything we start, R3). It names the runtime directory and the
 * server, so that even with every file of ours gone a scan of the process table finds whose process it is (F60).
 */
const VERSION = 'v1';

export function newNonce(runtimeDir: string, server: string): string {
  return `${prefix(runtimeDir)}${server}.${randomBytes(8).toString('hex')}`;
}

/** The server a nonce of this runtime directory names; null for a nonce of another directory or of something else. */
export function serverOfNonce(runtimeDir: string, nonce: string): string | null {
  const start = prefix(runtimeDir);
  if (!nonce.startsWith(start)) return null;
  const name = nonce.slice(start.length, nonce.lastIndexOf('.'));
  return name.length > 0 ? name : null;
}

/** Every living process that carries a nonce of this runtime directory: nonce → pids. One pass over the process table. */
export function scanForNonces(runtimeDir: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [pid, nonce] of processTable.variables(NONCE_VARIABLE)) {
    if (serverOfNonce(runtimeDir, nonce) !== null) found.set(nonce, [...(found.get(nonce) ?? []), pid]);
  }
  return found;
}

function prefix(runtimeDir: string): string {
  return `${VERSION}.${createHash('sha256').update(runtimeDir).digest('hex').slice(0, 10)}.`;
}
