import { describe, expect, test } from 'vitest';
import { Polling } from '../../../src/cockpit/runtime/polling.ts';

/** A polling whose questions are answered by hand, and that can be waited for. */
function staged() {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  let onAsk: () => void = () => {};
  const polling = new Polling<'a' | 'b'>((name) => {
    asked.push(name);
    onAsk();
    return new Promise((resolve) => answers.push(resolve));
  });
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      onAsk = resolve;
    });
  return { polling, asked, answers, next };
}

const poll = (name: 'a' | 'b', stamp = '', everyMs = 1) => ({ name, stamp, everyMs });

describe('polling', () => {
  test('asks at once, and again only after the answer', async () => {
    const { polling, asked, answers, next } = staged();
    polling.keep([poll('a')]);
    polling.keep([poll('a')]);
    expect(asked).toEqual(['a']);
    const again = next();
    answers[0]?.();
    await again;
    expect(asked).toEqual(['a', 'a']);
    polling.close();
  });

  test('asks at once when the stamp changes, whatever is under way', () => {
    const { polling, asked } = staged();
    polling.keep([poll('a', '1')]);
    polling.keep([poll('a', '2')]);
    expect(asked).toEqual(['a', 'a']);
    polling.close();
  });

  test('ends when it is not wanted any more: no timer is left, and an answer that comes late starts none', async () => {
    const { polling, asked, answers, next } = staged();
    polling.keep([poll('a'), poll('b', '', 1)]);
    polling.keep([poll('b', '', 1)]);
    answers[0]?.();
    const again = next();
    answers[1]?.();
    await again;
    expect(asked).toEqual(['a', 'b', 'b']);
    polling.close();
    answers[2]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toHaveLength(3);
  });
});
