import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { serverOfNonce } from '../../src/supervisor/nonce.ts';

/** Every living process that carries a launch nonce of this runtime directory: nonce → pids, read from /proc. */
export async function nonceHolders(runtimeDir: string): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry)).map(Number);
  for (const pid of pids) {
    const environ = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    const nonce = /(?:^|\0)MCP_SUP_ID=([^\0]*)/.exec(environ)?.[1];
    if (nonce === undefined || serverOfNonce(runtimeDir, nonce) === null) continue;
    found.set(nonce, [...(found.get(nonce) ?? []), pid]);
  }
  return found;
}

/** Nonces of the launches that the journal knows of. */
export function knownNonces(runtimeDir: string): Set<string> {
  const path = join(runtimeDir, 'cockpit.db');
  if (!existsSync(path)) return new Set();
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    const rows = db.prepare("SELECT json_extract(record, '$.nonce') AS nonce FROM units").all();
    return new Set(rows.flatMap(({ nonce }) => (typeof nonce === 'string' ? [nonce] : [])));
  } finally {
    db.close();
  }
}

/**
 * Processes of launches that the journal does not know: lost, and nobody would ever end them. Launches come and go while
 * we look, so what counts is what the journal knew neither before nor after, and what is still there then.
 */
export async function unaccounted(runtimeDir: string): Promise<string[]> {
  const before = knownNonces(runtimeDir);
  const seen = await nonceHolders(runtimeDir);
  const known = new Set([...before, ...knownNonces(runtimeDir)]);
  const still = await nonceHolders(runtimeDir);
  return [...seen.keys()]
    .filter((nonce) => !known.has(nonce))
    .flatMap((nonce) => (still.get(nonce) ?? []).map((pid) => `${pid} ${nonce}`));
}

/** The command line of a process, its words separated by spaces; empty when it is gone. */
export async function commandLineOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return text.replaceAll('\0', ' ').trim();
}
