import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indexedText, matchExpression } from '../../src/memory/query.ts';

/** What FTS5 finds for a query among texts, as their positions. */
function found(texts: readonly string[], query: string): number[] {
  using db = new DatabaseSync(':memory:');
  db.exec(
    `CREATE VIRTUAL TABLE t USING fts5 (text, prefix = '2 3', tokenize = 'porter unicode61 remove_diacritics 2')`,
  );
  for (const [index, text] of texts.entries()) {
    db.prepare('INSERT INTO t (rowid, text) VALUES (?, ?)').run(index, indexedText(text));
  }
  const expression = matchExpression(query);
  if (expression === null) return [];
  return db
    .prepare('SELECT rowid FROM t WHERE t MATCH ? ORDER BY bm25(t)')
    .all(expression)
    .map(({ rowid }) => Number(rowid));
}

/** Texts made to hurt: pieces of the query language among words and any characters at all. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        "'",
        '*',
        'AND',
        'OR',
        'NOT',
        'NEAR(',
        ')',
        '^',
        ':',
        '-',
        '+',
        '{',
        '}',
        '\0',
        ';',
        '--',
        '\\',
      ),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('text:', 'coffee', '咖啡', '🎉', '\ud800', '%', '_'),
    ),
  )
  .map((pieces) => pieces.join(' '));

test('no text is an error of the query language', () => {
  fc.assert(fc.property(hostile, (query) => found(['some text'], query).length <= 1));
});

test('each word of a text finds it', () => {
  const word = fc.string({ minLength: 1 }).filter((text) => matchExpression(text) !== null);
  fc.assert(fc.property(hostile, word, (before, wanted) => found([`${before} ${wanted}`], wanted).includes(0)));
});

test.each([
  ['stems', 'She was running late', 'run'],
  ['stems of the query', 'a morning run', 'running'],
  ['beginnings', 'prefers Kubernetes', 'kube'],
  ['accents', 'Café in Zürich', 'cafe zurich'],
  ['accents of the query', 'Cafe in Zurich', 'CAFÉ'],
  ['parts of identifiers', 'call save_memory first', 'memory'],
  ['Chinese inside a sentence', '我每天早上喝咖啡', '咖啡'],
  ['Japanese inside a sentence', '東京タワーへ行きました', 'タワー'],
  ['Russian', 'Пьёт чёрный кофе', 'кофе'],
  ['one letter', 'plan B it is', 'b'],
])('finds %s', (_, text, query) => {
  expect(found(['nothing of the kind', text], query)).toEqual([1]);
});

test('characters of another order are another word', () => {
  expect(found(['我喝咖啡'], '啡咖')).toEqual([]);
});

test('more and rarer words come first, whole words before beginnings', () => {
  expect(found(['the coffee', 'the tea', 'the green tea', 'the milk'], 'green tea')).toEqual([2, 1]);
  expect(found(['testament of youth', 'test of youth'], 'test')).toEqual([1, 0]);
});

test('a pasted document is searched by its first words only', () => {
  const words = Array.from({ length: 10_000 }, (_, index) => `word${index}`);
  expect(matchExpression(words.join(' '))?.length).toBeLessThan(5_000);
  expect(found(['word3'], words.join(' '))).toEqual([0]);
});

test.each(['', '   ', '🎉 ++ !?', '"', '\0'])('%j holds no word', (query) => {
  expect(matchExpression(query)).toBeNull();
});
