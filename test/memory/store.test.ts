import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Memory } from '../../src/memory/memory.ts';
import { MemoryStore } from '../../src/memory/store.ts';

let dir: string;
let store: MemoryStore;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'memory-store-'));
  store = new MemoryStore(path.join(dir, 'memory.db'), unexpected);
});
afterEach(async () => {
  store.close();
  await rm(dir, { recursive: true, force: true });
});

function unexpected(sentence: string): void {
  throw new Error(`nothing should be reported: ${sentence}`);
}

function memory(id: string, text: string, createdAt: string, tags: string[] = []): Memory {
  return { id, text, tags, createdAt };
}

const texts = (memories: readonly Memory[]) => memories.map(({ text }) => text);

test('a text comes back exactly as it was saved, whatever is in it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.array(fc.string(), { maxLength: 4 }),
      async (text, tags) => {
        const saved = await store.save(text, tags);
        expect(saved.text).toBe(text.toWellFormed());
        const { memories } = await store.list({ limit: 1, offset: 0 });
        expect(memories).toEqual([saved]);
        await store.delete(saved.id);
      },
    ),
  );
});

test('any text is safe as a query, and a saved text finds itself', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
      const saved = await store.save(`${text} end`, []);
      expect((await store.search(saved.text, 100)).map(({ id }) => id)).toContain(saved.id);
      await store.search(text, 3);
      await store.delete(saved.id);
    }),
  );
});

test('the best match is first', async () => {
  await store.save('Prefers tea with milk', []);
  await store.save('Lives in Lisbon and likes the sea', []);
  await store.save('Black tea, no milk, on Mondays; green tea otherwise', []);
  expect(texts(await store.search('green tea', 10))[0]).toContain('green tea');
  expect(await store.search('lisbon', 10)).toHaveLength(1);
  expect(await store.search('nothingofthekind', 10)).toEqual([]);
});

test('tags are searched too, and weigh more', async () => {
  await store.save('about a kitchen', []);
  await store.save('some recipe', ['kitchen']);
  expect(texts(await store.search('kitchen', 10))).toEqual(['some recipe', 'about a kitchen']);
});

test('among equals the newer one is first, by its time and not by when it came here', async () => {
  await store.add([
    memory('new', 'equal words', '2026-05-01T00:00:00.000Z'),
    memory('old', 'equal words', '2024-05-01T00:00:00.000Z'),
    memory('mid', 'equal words', '2025-05-01T00:00:00.000Z'),
  ]);
  expect((await store.search('words', 10)).map(({ id }) => id)).toEqual(['new', 'mid', 'old']);
  expect((await store.list({ limit: 10, offset: 0 })).memories.map(({ id }) => id)).toEqual(['new', 'mid', 'old']);
});

test('a query without words looks for exactly that, an empty one shows the newest', async () => {
  await store.save('party 🎉 tonight', []);
  await store.save('written in C++ by hand', []);
  expect(texts(await store.search('🎉', 10))).toEqual(['party 🎉 tonight']);
  expect(texts(await store.search('++', 10))).toEqual(['written in C++ by hand']);
  expect(texts(await store.search('  ', 10))).toEqual(['written in C++ by hand', 'party 🎉 tonight']);
});

test('tags are trimmed, lower case, each once; a list can be narrowed to one', async () => {
  expect((await store.save('a', [' Work ', 'WORK', '', 'Ünï'])).tags).toEqual(['work', 'ünï']);
  await store.save('b', ['home']);
  expect(texts((await store.list({ limit: 5, offset: 0, tag: 'wOrk' })).memories)).toEqual(['a']);
  expect(await store.list({ limit: 5, offset: 0, tag: "x' OR 1=1 --" })).toEqual({ memories: [], total: 0 });
});

test('pages cover everything once, newest first', async () => {
  for (let n = 0; n < 7; n += 1) await store.save(`m${n}`, []);
  const pages = await Promise.all([0, 3, 6, 9].map((offset) => store.list({ limit: 3, offset })));
  expect(pages.flatMap((page) => texts(page.memories))).toEqual(['m6', 'm5', 'm4', 'm3', 'm2', 'm1', 'm0']);
  expect(pages.map(({ total }) => total)).toEqual([7, 7, 7, 7]);
});

test('what is deleted is gone, from the search too', async () => {
  const { id } = await store.save('a passing thought', []);
  expect(await store.delete(id)).toBe(true);
  expect(await store.delete(id)).toBe(false);
  expect(await store.search('thought', 5)).toEqual([]);
  expect((await store.list({ limit: 5, offset: 0 })).total).toBe(0);
});

test('adding keeps what is there', async () => {
  const first = memory('1', 'first', '2026-01-01T00:00:00.000Z', ['a']);
  expect(await store.add([first, memory('2', 'second', '2026-01-02T00:00:00.000Z')])).toBe(2);
  expect(await store.add([{ ...first, text: 'changed' }, memory('3', 'third', '2026-01-03T00:00:00.000Z')])).toBe(1);
  expect(texts(await store.all())).toEqual(['first', 'second', 'third']);
  expect(await store.search('changed', 5)).toEqual([]);
});

test('a second connection to the same file sees every save at once', async () => {
  const other = new MemoryStore(store.file, unexpected);
  const { id } = await store.save('seen by both', []);
  expect((await other.search('both', 5)).map((hit) => hit.id)).toEqual([id]);
  await other.delete(id);
  expect(await store.search('both', 5)).toEqual([]);
  other.close();
});
