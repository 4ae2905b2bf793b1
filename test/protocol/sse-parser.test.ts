import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SseItem, SseParser } from '../../src/protocol/sse-parser.ts';
import { inPieces } from './pieces.ts';

function parse(text: string, cuts: readonly number[] = [], limit = 10_000): readonly SseItem[] {
  const parser = new SseParser(limit);
  return inPieces(Buffer.from(text), cuts).flatMap((piece) => parser.push(piece));
}

const message = (data: string, id = '') => ({ event: 'message', data, id });

test('reads fields, comments and blank lines as the standard says', () => {
  expect(parse(': hello\n\ndata: one\n\n')).toEqual([message('one')]);
  expect(parse('data:one\ndata:  two\n\n')).toEqual([message('one\n two')]);
  expect(parse('event: endpoint\ndata: /x\n\ndata: y\n\n')).toEqual([
    { event: 'endpoint', data: '/x', id: '' },
    message('y'),
  ]);
  expect(parse('id: 7\ndata: a\n\ndata: b\n\n')).toEqual([message('a', '7'), message('b', '7')]);
  expect(parse('event: nothing\n\ndata\n\n')).toEqual([message('')]);
  expect(parse('retry: 10\nfoo: bar\ndata: a\n\n')).toEqual([message('a')]);
  expect(parse('\ufeffdata: a\r\rdata: b\r\n\r\n')).toEqual([message('a'), message('b')]);
  expect(parse('data: never ended\n')).toEqual([]);
});

test('knows how far it got, and when to come again', () => {
  const parser = new SseParser(1000);
  expect(parser).toMatchObject({ lastEventId: '', retryMs: null });
  parser.push(Buffer.from('id: 1\nretry: 250\ndata: \n\nretry: soon\n'));
  expect(parser).toMatchObject({ lastEventId: '1', retryMs: 250 });
});

const ending = fc.constantFrom('\n', '\r', '\r\n');
const text = fc.string({ unit: 'grapheme', maxLength: 30 }).map((value) => value.replaceAll(/[\r\n]/g, ' '));
const field = fc.oneof(
  text.map((value) => `data: ${value}`),
  text.map((value) => `data:${value}`),
  text.map((value) => `event: ${value}`),
  text.map((value) => `id: ${value}`),
  text.map((value) => `:${value}`),
  fc.constant(''),
  text,
);
const stream = fc.array(fc.tuple(field, ending)).map((parts) => parts.flat().join(''));

test('gives the same events wherever the bytes are cut', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(2000)), (source, cuts) => {
      expect(parse(source, cuts)).toEqual(parse(source));
    }),
    { numRuns: 500 },
  );
});

test('gives back any data that was written as an event, with any line ending', () => {
  fc.assert(
    fc.property(fc.array(fc.array(text, { minLength: 1 })), ending, fc.array(fc.nat(2000)), (events, newline, cuts) => {
      const source = events.map((lines) => lines.map((line) => `data: ${line}${newline}`).join('') + newline).join('');
      expect(parse(source, cuts)).toEqual(events.map((lines) => message(lines.join('\n'))));
    }),
  );
});

test('announces an event that is too long once, skips it, and goes on', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60)), fc.array(fc.nat(2000)), (lengths, cuts) => {
      const source = lengths.map((length) => `data: ${'x'.repeat(length)}\n\n`).join('');
      const seen = parse(source, cuts, 30).map((item) => ('oversized' in item ? 'oversized' : item.data.length));
      expect(seen).toEqual(lengths.map((length) => (length + 'data: '.length > 30 ? 'oversized' : length)));
    }),
  );
});

test('counts an event of many lines as a whole, and keep-alive comments not at all', () => {
  const many = `${'data: 1234567890\n'.repeat(10)}\n`;
  expect(parse(`${many}data: ok\n\n`, [], 100)).toEqual([{ oversized: true }, message('ok')]);
  expect(parse(`${': keep-alive\n'.repeat(1000)}data: ok\n\n`, [], 100)).toEqual([message('ok')]);
});
