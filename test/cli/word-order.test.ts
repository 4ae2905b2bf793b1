import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommandError } from '../../src/cli/command-error.ts';
import { verbFirst } from '../../src/cli/word-order.ts';

const grammar = {
  verbs: new Set(['list', 'status', 'start', 'stop', 'logs', 'add', 'supervisor', 'help']),
  valueFlags: new Set(['--wait', '--grep', '-n', '--env']),
};
const order = (...argv: string[]) => verbFirst(argv, grammar);

test.each([
  [
    ['mem0', 'start'],
    ['start', 'mem0'],
  ],
  [
    ['start', 'mem0', 'github'],
    ['start', 'mem0', 'github'],
  ],
  [
    ['mem0', 'github', 'stop'],
    ['stop', 'mem0', 'github'],
  ],
  [
    ['mem0', 'start', 'github'],
    ['start', 'mem0', 'github'],
  ],
  [
    ['@work', 'start', '--no-wait'],
    ['start', '@work', '--no-wait'],
  ],
  [
    ['--json', 'status'],
    ['status', '--json'],
  ],
  [
    ['--wait', '30s', 'mem0', 'start'],
    ['start', '--wait', '30s', 'mem0'],
  ],
  [
    ['mem0', 'logs', '--grep', 'start'],
    ['logs', 'mem0', '--grep', 'start'],
  ],
  [
    ['--grep=stop', 'mem0', 'logs'],
    ['logs', '--grep=stop', 'mem0'],
  ],
  [
    ['supervisor', 'status'],
    ['supervisor', 'status'],
  ],
  [
    ['add', 'x', '--', 'npx', 'start'],
    ['add', 'x', '--', 'npx', 'start'],
  ],
  [
    ['help', 'start'],
    ['help', 'start'],
  ],
  [['--plain'], ['--plain']],
  [[], []],
])('%j means %j', (typed, meant) => {
  expect(order(...typed)).toEqual(meant);
});

describe('without a verb', () => {
  const problem = (...argv: string[]) => {
    try {
      order(...argv);
    } catch (error) {
      if (error instanceof CommandError) return [error.exitCode, error.problem.next];
    }
    return null;
  };

  test('a misspelt verb is found wherever it stands', () => {
    expect(problem('mem0', 'strat')).toEqual([2, 'did you mean: mcp mem0 start']);
    expect(problem('strat', 'mem0')).toEqual([2, 'did you mean: mcp mem0 start']);
    expect(problem('lsit')).toEqual([2, 'did you mean: mcp list']);
  });

  test('a lone name is told what could be meant', () => {
    expect(problem('mem0')).toEqual([2, expect.stringContaining('mcp mem0 status')]);
  });

  test('a verb behind -- is no verb', () => {
    expect(problem('x', '--', 'start')).not.toBeNull();
  });
});

test('whatever stands where: one verb comes first, and every other word stays, in order', () => {
  const name = fc.constantFrom('mem0', 'github', '@work', 'all');
  const option = fc.constantFrom(['--wait', '5s'], ['--json'], ['-n', '3'], ['--env', 'A=start']);
  const piece = fc.oneof(
    name.map((word) => [word]),
    option,
  );
  const line = fc.tuple(fc.array(piece), fc.constantFrom('start', 'stop', 'logs'), fc.array(piece));
  fc.assert(
    fc.property(line, ([before, verb, after]) => {
      expect(order(...before.flat(), verb, ...after.flat())).toEqual([verb, ...before.flat(), ...after.flat()]);
    }),
  );
});
