import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Changes what the journal says of a unit, while no supervisor runs: the state after a reuse of its pid or a reboot is the
 * state before with other facts in it.
 */
export function editRecord(
  runtimeDir: string,
  server: string,
  change: (record: Record<string, unknown>) => Record<string, unknown>,
): void {
  const db = new DatabaseSync(join(runtimeDir, 'cockpit.db'));
  try {
    const row = db.prepare('SELECT record FROM units WHERE name = ?').get(server);
    const record: unknown = JSON.parse(String(row?.record));
    if (typeof record !== 'object' || record === null) throw new Error(`${server} has no record`);
    const changed = JSON.stringify(change({ ...record }));
    db.prepare('UPDATE units SET record = ? WHERE name = ?').run(changed, server);
  } finally {
    db.close();
  }
}
