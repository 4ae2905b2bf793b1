import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Backlog, frameInterval, Publisher } from '../../../src/cockpit/runtime/publisher.ts';

class StagedBacklog implements Backlog {
  writableLength = 0;
  bytesWritten = 0;
  #waiting: (() => void)[] = [];
  onceDrained(callback: () => void): void {
    this.#waiting.push(callback);
  }
  drain(): void {
    this.writableLength = 0;
    for (const callback of this.#waiting.splice(0)) callback();
  }
}

describe('the publisher', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function staged(bytesPerFrame = 0) {
    const backlog = new StagedBacklog();
    const state = { frames: 0 };
    const publisher = new Publisher(() => {
      state.frames += 1;
      backlog.bytesWritten += bytesPerFrame;
    }, backlog);
    return { backlog, state, publisher };
  }

  test('shows what a key caused at once', () => {
    const { state, publisher } = staged();
    publisher.request(0);
    expect(state.frames).toBe(1);
  });

  test('gathers news into one frame, as early as the most urgent asks for', () => {
    const { state, publisher } = staged();
    publisher.request(5_000);
    publisher.request(100);
    publisher.request(1_000);
    vi.advanceTimersByTime(99);
    expect(state.frames).toBe(0);
    vi.advanceTimersByTime(1);
    expect(state.frames).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(state.frames).toBe(1);
  });

  test('a stream of news becomes ten frames a second where they are cheap, four where they are dear', () => {
    for (const [bytes, most] of [
      [200, 10],
      [12_000, 4],
    ] as const) {
      const { state, publisher } = staged(bytes);
      for (let ms = 0; ms < 10_000; ms += 5) {
        publisher.request(40);
        vi.advanceTimersByTime(5);
      }
      expect(state.frames).toBeLessThanOrEqual(most * 10 + 1);
      expect(state.frames).toBeGreaterThan(most * 8);
    }
  });

  test('a dear frame is followed by a longer pause, within limits', () => {
    expect([0, 1_000, 3_000, 4_000, 1e6].map(frameInterval)).toEqual([100, 100, 150, 200, 250]);
  });

  test('while the terminal is behind nothing is drawn, then the newest once', () => {
    const { backlog, state, publisher } = staged();
    backlog.writableLength = 4_000;
    for (let press = 0; press < 50; press += 1) publisher.request(0);
    expect(state.frames).toBe(0);
    backlog.drain();
    expect(state.frames).toBe(1);
  });

  test('after the end nothing is drawn any more', () => {
    const { state, publisher } = staged();
    publisher.request(10);
    publisher.close();
    publisher.request(0);
    vi.advanceTimersByTime(1_000);
    expect(state.frames).toBe(0);
  });
});
