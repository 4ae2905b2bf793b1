import { expect, test } from 'vitest';
import { shared } from '../../../src/supervisor/process/shared-reading.ts';

test('who asks before the look is made shares it; who asks after it gets another', async () => {
  let looks = 0;
  const next = shared(() => {
    looks += 1;
    return looks;
  });
  const early = [next(), next(), next()];
  expect(looks).toBe(0);
  expect(await Promise.all(early)).toEqual([1, 1, 1]);
  expect(await next()).toBe(2);
});

test('what one look throws reaches all who asked for it, and none after them', async () => {
  let broken = true;
  const next = shared(() => {
    if (broken) throw new Error('not to be read');
    return 'read';
  });
  const results = await Promise.allSettled([next(), next()]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  broken = false;
  expect(await next()).toBe('read');
});

test('however many ask, half the time is left for other work', async () => {
  let busy = 0;
  const next = shared(() => {
    const began = performance.now();
    while (performance.now() - began < 10);
    busy += performance.now() - began;
  });
  const began = performance.now();
  for (let round = 0; round < 20; round += 1) await next();
  expect(busy / (performance.now() - began)).toBeLessThan(0.6);
});
