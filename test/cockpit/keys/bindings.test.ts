import { describe, expect, test } from 'vitest';
import { BINDINGS, clashes, withOverrides } from '../../../src/cockpit/bindings.ts';
import { keyTable } from '../../../src/cockpit/key-table.ts';
import { isKey, keyLabel } from '../../../src/cockpit/keys/key.ts';
import { VIEWS } from '../../../src/cockpit/views/views.ts';

const named = (id: string) => {
  const found = BINDINGS.find((binding) => binding.id === id);
  if (found === undefined) throw new Error(`no binding ${id}`);
  return found;
};

describe('the one list of bindings', () => {
  test('no key means two things in the same place', () => {
    const pairs = BINDINGS.flatMap((a, index) => BINDINGS.slice(index + 1).map((b) => [a, b] as const));
    expect(pairs.flatMap(([a, b]) => (clashes(a, b) === null ? [] : `${clashes(a, b)}: ${a.id}, ${b.id}`))).toEqual([]);
  });

  test('no key is dangerous in one pane and harmless in its neighbour', () => {
    const inPanes = BINDINGS.filter(({ scopes }) => scopes.some((scope) => VIEWS.some(({ id }) => id === scope)));
    const dangers = (is: boolean): readonly string[] =>
      inPanes.filter(({ dangerous }) => dangerous === is).flatMap(({ keys }) => keys);
    expect(dangers(true).filter((key) => dangers(false).includes(key))).toEqual([]);
  });

  test('every id is one of a kind, and every key is one that a terminal can send', () => {
    expect(new Set(BINDINGS.map(({ id }) => id)).size).toBe(BINDINGS.length);
    expect(BINDINGS.flatMap(({ keys }) => keys).filter((key) => !isKey(key))).toEqual([]);
  });

  test('nothing needs a function key, or a key that terminals and multiplexers keep', () => {
    const unusable = ['ctrl-a', 'ctrl-b', 'ctrl-s', 'ctrl-q'];
    // Ctrl-S in a form is what Enter on its button does as well.
    const others = BINDINGS.filter(({ id }) => id !== 'form.call');
    expect(others.flatMap(({ keys }) => keys).filter((key) => unusable.includes(key))).toEqual([]);
  });

  test('what only a Ctrl key does, another key or the terminal does as well', () => {
    const only = BINDINGS.filter(({ keys }) => keys.length > 0 && keys.every((key) => key.startsWith('ctrl-')));
    // Those of a form are its buttons too. Half pages are a convenience of whole ones; suspending and redrawing are Ctrl keys everywhere.
    const known = ['form.call', 'form.json', 'suspend', 'redraw', 'move.half-up', 'move.half-down'];
    expect(only.map(({ id }) => id)).toEqual(known);
  });

  test.each([
    ['s', 'servers.start'],
    ['S', 'servers.stop'],
    ['r', 'servers.restart'],
    ['l', 'servers.logs'],
    ['e', 'servers.edit'],
    ['o', 'servers.sort'],
    ['f', 'logs.follow'],
    ['w', 'logs.wrap'],
    ['T', 'logs.timestamps'],
    ['v', 'logs.level'],
    ['a', 'logs.all'],
    ['y', 'logs.copy-line'],
    ['Y', 'logs.copy-visible'],
    ['W', 'logs.write'],
    ['z', 'logs.borderless'],
    ['n', 'logs.next-match'],
    ['P', 'logs.previous-match'],
    ['?', 'help'],
    [':', 'palette'],
    ['u', 'undo'],
    ['C', 'commands'],
    ['M', 'messages'],
    ['q', 'detach'],
    ['Q', 'quit'],
  ])('%s is %s', (key, id) => {
    expect(named(id).keys).toContain(key);
  });
});

describe('own keys', () => {
  test('replace those from birth', () => {
    const { bindings, problems } = withOverrides(BINDINGS, { 'servers.start': 'b' });
    expect(problems).toEqual([]);
    expect(bindings.find(({ id }) => id === 'servers.start')?.keys).toEqual(['b']);
  });

  test.each([
    [{ 'servers.fly': 'b' }, 'there is no command "servers.fly"'],
    [{ 'servers.start': 'F13' }, 'keys.servers.start: "F13" is no key'],
    [{ 'servers.start': 'q' }, 'keys.servers.start: "q" is taken by detach'],
    [{ 'logs.wrap': ['w', '?'] }, 'keys.logs.wrap: "w ?" is taken by help'],
  ])('%j is refused by name, and the default stays', (overrides, words) => {
    const { bindings, problems } = withOverrides(BINDINGS, overrides);
    expect(problems.join()).toContain(words);
    expect(bindings).toEqual(BINDINGS);
  });

  test('one pane may use what another pane uses', () => {
    expect(withOverrides(BINDINGS, { 'logs.wrap': 's' }).problems).toEqual([]);
  });
});

test('the key table of the README has every command with its keys', () => {
  const table = keyTable();
  for (const { keys, description } of BINDINGS) {
    expect(table).toContain(description);
    for (const key of keys) expect(table).toContain(keyLabel(key));
  }
});
