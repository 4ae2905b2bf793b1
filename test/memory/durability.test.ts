import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Client } from '@modelcontextprotocol/client';
import { expect, test } from 'vitest';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { connectClient, ERAS, type MemoryServer, startMemoryProgram, startMemoryServer } from './memory-process.ts';

const ROUNDS = 8;

/** Saves one memory after the other until the server is gone; tells each id once it was acknowledged. */
async function saveUntilGone(
  server: MemoryServer,
  mode: (typeof ERAS)[number],
  acknowledged: (id: string) => void,
): Promise<void> {
  let client: Client | undefined;
  try {
    client = await connectClient(server, mode);
    for (let n = 0; ; n += 1) {
      const text = `memory ${n} ${'of some length '.repeat(n % 300)}`;
      const result = await client.callTool({ name: 'save_memory', arguments: { text, tags: [`t${n % 7}`] } });
      if (result.isError) throw new Error(JSON.stringify(result.content));
      acknowledged(String(Object(result.structuredContent).id));
    }
  } catch (error) {
    if (!isGone(server)) throw error;
  } finally {
    await client?.close().catch(() => {});
  }
}

function isGone({ running: { child } }: MemoryServer): boolean {
  return child.killed || child.signalCode !== null;
}

/** Two servers on one file and four clients; both are killed after so many saves, while others are under way. */
async function killAfter(home: Home, saves: number, ids: string[]): Promise<void> {
  const servers = await Promise.all([startMemoryServer(home), startMemoryServer(home)]);
  let left = saves;
  const acknowledged = (id: string) => {
    ids.push(id);
    left -= 1;
    if (left === 0) for (const { running } of servers) running.child.kill('SIGKILL');
  };
  await Promise.all(servers.flatMap((server) => ERAS.map((mode) => saveUntilGone(server, mode, acknowledged))));
  await Promise.all(servers.map(({ running }) => running.ended));
}

test('every acknowledged memory is there after kill -9, again and again', async () => {
  await using home = await temporaryHome();
  const ids: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) await killAfter(home, 1 + Math.floor(Math.random() * 40), ids);

  const { stdout } = await startMemoryProgram(home, { args: ['--export', '-'] }).ended;
  const present = new Set(JSON.parse(stdout).memories.map(({ id }: { id: string }) => id));
  expect(ids.length).toBeGreaterThanOrEqual(ROUNDS);
  expect(ids.filter((id) => !present.has(id))).toEqual([]);
  // Nothing was ever taken for corrupt, and the index knows every memory.
  expect(await readdir(home.dataDir)).toEqual(['memory.db']);
  using db = new DatabaseSync(path.join(home.dataDir, 'memory.db'));
  expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  const indexed = db.prepare("SELECT count(*) AS n FROM memory_index WHERE memory_index MATCH 'memory'").get();
  expect(indexed).toEqual({ n: present.size });
}, 300_000);
