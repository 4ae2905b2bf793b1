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
      const seen = frames.map((frame) => (frame.kind === 'line' ? frame.bytes.length : 'oversized'));
      expect(seen).toEqual(lengths.map((length) => (length > limit ? 'oversized' : length)));
      expect(rest.toString()).toBe('y'.repeat(tail));
    }),
  );
});

test('holds no more than the limit of a line that never ends', () => {
  const splitter = new LineSplitter(1000);
  const chunk = Buffer.alloc(600, 'x');
  expect(splitter.push(chunk)).toEqual([]);
  expect(splitter.push(chunk)).toEqual([{ kind: 'oversized' }]);
  for (let index = 0; index < 100; index += 1) expect(splitter.push(chunk)).toEqual([]);
  expect(splitter.end()).toHaveLength(0);
});
