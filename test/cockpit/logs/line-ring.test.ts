import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineRing } from '../../../src/cockpit/logs/line-ring.ts';
import { logLine } from '../staged.ts';

const entry = (arrival: number, text = `line ${arrival}`) => ({
  time: arrival,
  arrival,
  server: 's',
  line: logLine(text, arrival),
});
const held = (ring: LineRing): number[] =>
  Array.from({ length: ring.length }, (_, index) => ring.at(index)?.arrival ?? -1);

describe('a ring of log lines', () => {
  test('holds the newest lines, whatever was pushed, and finds them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 5000 }), (lines, pushed) => {
        const ring = new LineRing({ lines, bytes: 1e9 });
        for (let arrival = 1; arrival <= pushed; arrival += 1) ring.push(entry(arrival));
        const kept = Math.min(lines, pushed);
        expect(held(ring)).toEqual(Array.from({ length: kept }, (_, index) => pushed - kept + 1 + index));
        for (const arrival of held(ring)) {
          expect(ring.at(ring.indexOf({ time: arrival, arrival }))?.arrival).toBe(arrival);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('a few long lines count as much as many short ones', () => {
    const ring = new LineRing({ lines: 1000, bytes: 10_000 });
    for (let arrival = 1; arrival <= 100; arrival += 1) ring.push(entry(arrival, 'x'.repeat(1000)));
    expect(ring.length).toBeLessThan(10);
    expect(ring.bytes).toBeLessThanOrEqual(10_000);
    expect(held(ring).at(-1)).toBe(100);
  });

  test('one line longer than everything is held alone', () => {
    const ring = new LineRing({ lines: 10, bytes: 100 });
    ring.push(entry(1, 'x'.repeat(500)));
    expect(held(ring)).toEqual([1]);
  });

  test('a pinned ring drops nothing, and when twice full counts instead of keeping', () => {
    const ring = new LineRing({ lines: 10, bytes: 1e9 });
    for (let arrival = 1; arrival <= 10; arrival += 1) ring.push(entry(arrival));
    ring.pin(true);
    for (let arrival = 11; arrival <= 100; arrival += 1) ring.push(entry(arrival));
    expect(held(ring)[0]).toBe(1);
    expect(ring.length).toBe(20);
    expect(ring.skipped).toBe(80);
    ring.pin(false);
    expect(ring.length).toBe(10);
  });
});
