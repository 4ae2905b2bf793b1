import { describe, expect, test } from 'vitest';
import { LOG_LIMITS, LogBook } from '../../../src/cockpit/logs/log-book.ts';
import { NEWEST, OLDEST } from '../../../src/cockpit/logs/log-lines.ts';
import { StagedLogs } from '../staged.ts';

const delivered = (): Promise<void> => Promise.resolve();

function bookOf(logs: StagedLogs, limits = LOG_LIMITS): LogBook {
  return new LogBook(logs, () => {}, limits);
}
const texts = (entries: Iterable<{ readonly line: { readonly plain: string } }>): string[] =>
  Array.from(entries, ({ line }) => line.plain);

describe('the log book', () => {
  test('interleaves what was there before by the time it was written', async () => {
    const logs = new StagedLogs();
    logs.write('a', [
      { text: 'a1', at: 10 },
      { text: 'a2', at: 30 },
      { text: 'a3', at: null },
    ]);
    logs.write('b', [
      { text: 'b1', at: 20 },
      { text: 'b2', at: 40 },
    ]);
    const book = bookOf(logs);
    book.show(['a'], false);
    await delivered();
    book.gather(50);
    book.show(['a', 'b'], false);
    await delivered();
    book.gather(60);
    expect(texts(book.forward(['a', 'b'], OLDEST))).toEqual(['a1', 'b1', 'a2', 'a3', 'b2']);
    expect(texts(book.backward(['a', 'b'], NEWEST))).toEqual(['b2', 'a3', 'a2', 'b1', 'a1']);
  });

  test('puts what comes later behind everything, even when it says that it is older', async () => {
    const logs = new StagedLogs();
    logs.write('a', [{ text: 'a1', at: 100 }]);
    const book = bookOf(logs);
    book.show(['a', 'b'], false);
    await delivered();
    book.gather(100);
    logs.write('b', [{ text: 'late', at: 5 }]);
    logs.write('a', [{ text: 'untimed', at: null }]);
    book.gather(120);
    expect(texts(book.forward(['a', 'b'], OLDEST))).toEqual(
      ['a1', 'untimed', 'late'].sort((x) => (x === 'a1' ? -1 : 0)),
    );
  });

  test('what a tail finds when it is opened is no news; what comes then is', async () => {
    const logs = new StagedLogs();
    logs.write('a', ['old error', 'old']);
    const book = bookOf(logs);
    book.show(['a'], false);
    await delivered();
    expect(book.gather(1).lines.size).toBe(0);
    logs.write('a', ['new error', 'new']);
    const { lines, errors } = book.gather(2);
    expect([lines.get('a'), errors.get('a')]).toEqual([2, 1]);
  });

  test('keeps the tails of the last few that were looked at, and no more', async () => {
    const logs = new StagedLogs();
    const book = bookOf(logs, { ...LOG_LIMITS, idleTails: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) book.show([name], false);
    expect([...logs.open].sort()).toEqual(['c', 'd', 'e']);
    book.close();
    expect(logs.open).toEqual([]);
  });

  test('a batch of a closed tail does not come back', async () => {
    const logs = new StagedLogs();
    logs.write('a', ['one']);
    const book = bookOf(logs, { ...LOG_LIMITS, idleTails: 0 });
    book.show(['a'], false);
    book.show(['b'], false);
    await delivered();
    book.gather(1);
    expect(book.count(['a', 'b'])).toBe(0);
  });

  test('shares its memory between many servers', async () => {
    const logs = new StagedLogs();
    const names = Array.from({ length: 50 }, (_, index) => `s${index}`);
    for (const name of names)
      logs.write(
        name,
        Array.from({ length: 400 }, () => 'x'.repeat(1000)),
      );
    const book = bookOf(logs, { lines: 5000, bytes: 2_000_000, totalBytes: 4_000_000, idleTails: 0 });
    book.show(names, false);
    await delivered();
    book.gather(1);
    // 128 kB each is the least that is useful.
    expect(book.count(names) * 1000).toBeLessThan(50 * 130_000);
    expect(book.count(names)).toBeGreaterThan(50 * 100);
  });
});
