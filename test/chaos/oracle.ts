import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
function knownNonces(runtimeDir: string): Set<string> {
  if (!existsSync(join(runtimeDir, 'cockpit.db'))) return new Set();
  return withJournal(runtimeDir, (db) => {
    const table = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'units'").get();
    // Killed before it had a schema: nothing was started yet.
    if (!table) return new Set();
    const rows = db.prepare("SELECT json_extract(record, '$.nonce') AS nonce FROM units").all();
    return new Set(rows.flatMap(({ nonce }) => (typeof nonce === 'string' ? [nonce] : [])));
  });
}

/** SQLite resolves links itself and so leaves /proc/PID/root: what stands in another mount namespace is copied first. */
export function withJournal<T>(runtimeDir: string, look: (db: DatabaseSync) => T): T {
  const elsewhere = runtimeDir.startsWith('/proc/');
  const folder = elsewhere ? mkdtempSync(join(tmpdir(), 'mcp-journal-')) : runtimeDir;
  if (elsewhere) {
    for (const name of ['cockpit.db', 'cockpit.db-wal'])
      if (existsSync(join(runtimeDir, name))) copyFileSync(join(runtimeDir, name), join(folder, name));
  }
  const db = new DatabaseSync(join(folder, 'cockpit.db'), { readOnly: !elsewhere, timeout: 5_000 });
  try {
    return look(db);
  } finally {
    db.close();
    if (elsewhere) rmSync(folder, { recursive: true });
  }
}

/**
 * Processes of launches that the journal does not know: lost, and nobody would ever end them. Launches come and go while
 * we look, so what counts is what the journal knew neither before nor after, and what is still there then.
 *
 * @param seenAt where the directory is from here, when that is another mount namespace
 */
export async function unaccounted(runtimeDir: string, seenAt: string = runtimeDir): Promise<string[]> {
  const before = knownNonces(seenAt);
  const seen = await nonceHolders(runtimeDir);
  const known = new Set([...before, ...knownNonces(seenAt)]);
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
