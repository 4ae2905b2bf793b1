import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CUT_MARK, HOLD_MS, LineSplitter, MAX_LINE_BYTES } from '../../../src/supervisor/logs/line-splitter.ts';

function collector(position = 0) {
  const lines: [text: string, start: number][] = [];
  return { lines, splitter: new LineSplitter(position, (raw, start) => lines.push([raw, start])) };
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('\n', '\n\n', 'é\n', '😀', '\r\n'),
);
const bytes = fc.array(
  fc.oneof(
    text.map((part) => Buffer.from(part)),
    fc.uint8Array({ maxLength: 5 }).map(Buffer.from),
  ),
  { maxLength: 30 },
);

describe('lines', () => {
  test('are the same however the bytes are cut into chunks', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat({ max: 7 })), fc.nat({ max: 1000 }), (parts, sizes, position) => {
        const whole = Buffer.concat(parts);
        const { lines, splitter } = collector(position);
        const scratch = Buffer.alloc(8);
        let from = 0;
        for (let turn = 0; from < whole.length; turn++) {
          const size = sizes.length === 0 ? 8 : (sizes[turn % sizes.length] ?? 0) + 1;
          const copied = whole.copy(scratch, 0, from, from + size);
          splitter.push(scratch.subarray(0, copied), 0);
          scratch.fill(0x21);
          from += size;
        }
        splitter.end();
        expect(lines).toEqual(expectedLines(whole, position));
      }),
      { numRuns: 2000 },
    );
  });

  function expectedLines(whole: Buffer, position: number): [string, number][] {
    const lines: [string, number][] = [];
    for (let from = 0; from < whole.length; ) {
      const newline = whole.indexOf('\n', from);
      const to = newline === -1 ? whole.length : newline;
      lines.push([whole.toString('utf8', from, to), position + from]);
      from = to + 1;
    }
    return lines;
  }
});

describe('an unfinished line', () => {
  test('is held back, then handed out; its rest becomes a line of its own', () => {
    const { lines, splitter } = collector(100);
    splitter.push(Buffer.from('done\nworking '), 0);
    splitter.release(HOLD_MS - 1);
    expect(lines).toEqual([['done', 100]]);
    splitter.release(HOLD_MS);
    expect(lines.slice(1)).toEqual([['working ', 105]]);
    splitter.push(Buffer.from('ok\n'), 500);
    expect(lines.slice(2)).toEqual([['ok', 113]]);
  });

  test('keeps a UTF-8 sequence that is split', () => {
    const { lines, splitter } = collector();
    const word = Buffer.from('grün');
    splitter.push(word.subarray(0, 3), 0);
    splitter.release(HOLD_MS);
    splitter.push(Buffer.concat([word.subarray(3), Buffer.from('\n')]), HOLD_MS + 1);
    expect(lines).toEqual([
      ['gr', 0],
      ['ün', 2],
    ]);
  });
});

describe('a line without end', () => {
  test('is cut once, takes no memory, and the next line is whole', () => {
    const { lines, splitter } = collector();
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    for (let n = 0; n < 100; n++) {
      splitter.push(chunk, n);
      splitter.release(n * HOLD_MS);
      expect(splitter.pending).toBeLessThanOrEqual(MAX_LINE_BYTES);
    }
    splitter.push(Buffer.from('\nnext\n'), 100);
    expect(lines).toEqual([
      [`${'x'.repeat(MAX_LINE_BYTES)}${CUT_MARK}`, 0],
      ['next', 100 * 1024 * 1024 + 1],
    ]);
  });

  test('is not cut inside a character', () => {
    const { lines, splitter } = collector();
    splitter.push(Buffer.from(`a${'é'.repeat(MAX_LINE_BYTES)}`), 0);
    expect(lines[0]?.[0]).toBe(`a${'é'.repeat(MAX_LINE_BYTES / 2 - 1)}${CUT_MARK}`);
  });
});
