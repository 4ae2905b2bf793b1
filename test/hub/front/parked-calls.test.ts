import { expect, it } from 'vitest';
import { ParkedCalls } from '../../../src/hub/front/parked-calls.ts';
import { bindingOf, Seal } from '../../../src/hub/front/seal.ts';

it('a state is good for its request, once, and until it expires', () => {
  const seal = new Seal();
  const state = seal.close('id', 'binding', 1_000);
  expect(seal.open(state, 'binding', 1_000)).toEqual({ id: 'id' });
  expect(seal.open(state, 'binding', 1_001)).toMatchObject({ why: expect.stringContaining('expired') });
  expect(seal.open(state, 'another', 1)).toMatchObject({ why: expect.stringContaining('another request') });
  expect(new Seal().open(state, 'binding', 1)).toHaveProperty('why');
});

it('a state of another hub is not taken for our own', () => {
  const [ours, theirs] = [new Seal(), new Seal()];
  const state = theirs.close('id', 'binding', 1_000);
  expect([ours.made(state), theirs.made(state)]).toEqual([false, true]);
});

it('a retry is the same request however its members are ordered, and whatever travels around them', () => {
  const binding = bindingOf('/a/mcp', 'tools/call', { name: 'x', arguments: { a: 1, b: [{ c: 2, d: 3 }] } });
  const retry = {
    arguments: { b: [{ d: 3, c: 2 }], a: 1 },
    name: 'x',
    inputResponses: {},
    requestState: 's',
    _meta: {},
  };
  expect(bindingOf('/a/mcp', 'tools/call', retry)).toBe(binding);
  expect(bindingOf('/b/mcp', 'tools/call', retry)).not.toBe(binding);
  expect(bindingOf('/a/mcp', 'tools/call', { ...retry, arguments: { a: 1, b: [{ c: 2, d: 4 }] } })).not.toBe(binding);
});

it('a call for which nobody comes back in time is told so, and its state is worth nothing', async () => {
  const parked = new ParkedCalls<{ expire(): void }>(20);
  const state = await new Promise<string>((resolve) => {
    const made: string = parked.park({ expire: () => resolve(made) }, 'binding');
  });
  expect(parked.size).toBe(0);
  expect(parked.claim(state, 'binding')).toHaveProperty('why');
});
