import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Frame, LineSplitter } from '../../src/protocol/line-splitter.ts';
import { inPieces } from './pieces.ts';

function split(bytes: Buffer, limit: number, cuts: readonly number[]): { frames: readonly Frame[]; rest: Buffer } {
  const splitter = new LineSplitter(limit);
  const frames = inPieces(bytes, cuts).flatMap((piece) => splitter.push(piece));
  return { frames, rest: splitter.end() };
}

const lines = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\n', ' ')));

test('gives back the lines that were written, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(lines, fc.array(fc.nat(400)), (texts, cuts) => {
      const { frames, rest } = split(Buffer.from(texts.map((text) => `${text}\n`).join('')), 1000, cuts);
      expect(frames.map((frame) => (frame.kind === 'line' ? frame.bytes.toString() : frame.kind))).toEqual(texts);
      expect(rest).toHaveLength(0);
    }),
  );
});

test('announces each line that is too long once, keeps the others, and keeps what has no newline yet', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30)), fc.nat(10), fc.array(fc.nat(400)), (lengths, tail, cuts) => {
      const limit = 10;
      const text = `${lengths.map((length) => `${'x'.repeat(length)}\n`).join('')}${'y'.repeat(tail)}`;
      const { frames, rest } = split(Buffer.from(text), limit, cuts);
      const seen = frames.flatMap((frame) => {
        if (frame.kind === 'skipped') return [];
        return [frame.kind === 'line' ? frame.bytes.length : frame.kind];
      });
      expect(seen).toEqual(lengths.map((length) => (length > limit ? 'oversized' : length)));
      expect(rest.toString()).toBe('y'.repeat(tail));
    }),
  );
});

test('holds no more than the limit of a line that never ends', () => {
  const splitter = new LineSplitter(1000);
  const chunk = Buffer.alloc(600, 'x');
  expect(splitter.push(chunk)).toEqual([]);
  expect(splitter.push(chunk)).toMatchObject([{ kind: 'oversized' }]);
  for (let index = 0; index < 100; index += 1) expect(splitter.push(chunk)).toEqual([]);
  expect(splitter.end()).toHaveLength(0);
});

test('tells how a line that is too long begins and ends, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1001, max: 5000 }), fc.array(fc.nat(6000)), (length, cuts) => {
      const text = Array.from({ length }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
      const { frames } = split(Buffer.from(`${text}\nnext\n`), 1000, cuts);
      const [first, second, third] = frames;
      expect(frames).toHaveLength(3);
      expect(first?.kind === 'oversized' && first.start.length >= 256 && text.startsWith(first.start.toString())).toBe(
        true,
      );
      expect(second?.kind === 'skipped' && second.end.toString() === text.slice(-256)).toBe(true);
      expect(third).toMatchObject({ kind: 'line' });
    }),
  );
});
