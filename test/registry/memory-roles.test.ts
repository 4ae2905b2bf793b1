import { describe, expect, test } from 'vitest';
import { defaultRegistry } from '../../src/registry/default-registry.ts';
import { fillArguments, memoryName, memoryServer, presetRole } from '../../src/registry/memory-roles.ts';

const REFERENCE = [
  'create_entities',
  'create_relations',
  'delete_entities',
  'read_graph',
  'search_nodes',
  'open_nodes',
];
const OPEN_MEMORY = ['add_memories', 'search_memory', 'list_memories', 'delete_all_memories'];

describe('servers that are known by their tools', () => {
  test('the memory server that comes along is asked as its entry says', () => {
    const tools = ['save_memory', 'search_memory', 'list_memories', 'delete_memory'];
    const { roles } = defaultRegistry({ mem0: 1, filesystem: 2, github: 3 }).mem0;
    const preset = presetRole(tools);
    for (const action of ['save', 'search', 'forget'] as const)
      expect(preset?.[action]).toEqual(roles?.memory?.[action]);
    expect(preset?.list?.tool).toBe('list_memories');
  });

  test('OpenMemory: an older one has no tool for forgetting one memory, and is never told to forget all', () => {
    expect(presetRole(OPEN_MEMORY)).toEqual({
      save: { tool: 'add_memories', args: { text: '${text}' } },
      search: { tool: 'search_memory', args: { query: '${query}' } },
      list: { tool: 'list_memories' },
    });
    expect(presetRole([...OPEN_MEMORY, 'delete_memories'])?.forget).toEqual({
      tool: 'delete_memories',
      args: { memory_ids: ['${id}'] },
    });
  });

  test("mem0's own, and the reference server", () => {
    const mem0 = presetRole(['add_memory', 'search_memories', 'get_memories', 'delete_memory', 'delete_all_memories']);
    expect(mem0?.forget).toEqual({ tool: 'delete_memory', args: { memory_id: '${id}' } });
    expect(presetRole(REFERENCE)?.forget).toEqual({ tool: 'delete_entities', args: { entityNames: ['${id}'] } });
  });

  test('others are none', () => {
    expect(presetRole(['read_file', 'search_memory'])).toBeNull();
    expect(presetRole([])).toBeNull();
  });
});

describe('whose memory it is', () => {
  const role = { save: { tool: 'keep', args: { what: '${text}' } } };

  test('the entry with the role comes before one that is only known by its tools', () => {
    const candidates = [
      { name: 'graph', role: undefined, tools: REFERENCE },
      { name: 'mine', role, tools: ['keep'] },
    ];
    expect(memoryServer(candidates)).toEqual({ name: 'mine', role });
  });

  test('what an entry leaves open comes from its tools', () => {
    const found = memoryServer([{ name: 'open', role, tools: OPEN_MEMORY }]);
    expect(found?.role.save).toEqual(role.save);
    expect(found?.role.search?.tool).toBe('search_memory');
  });

  test('none at all', () => {
    expect(memoryServer([{ name: 'files', role: undefined, tools: ['read_file'] }])).toBeNull();
    expect(memoryServer([])).toBeNull();
  });
});

describe('filling in', () => {
  test('at any depth, and a value is never read again', () => {
    const args = { entities: [{ name: '${name}', observations: ['said: ${text}', 3, null] }], '${text}': true };
    expect(fillArguments(args, { name: 'n', text: '${name} $& $1' })).toEqual({
      entities: [{ name: 'n', observations: ['said: ${name} $& $1', 3, null] }],
      '${text}': true,
    });
  });

  test('without a value the text stays; without arguments there are none', () => {
    expect(fillArguments({ a: '${other} ${constructor}' }, { text: 'x' })).toEqual({ a: '${other} ${constructor}' });
    expect(fillArguments(undefined, { text: 'x' })).toEqual({});
  });

  test('names of memories: short, on one line, and different for texts that begin alike', () => {
    const long = 'A decision about the architecture of the billing service: ';
    expect(memoryName('likes Python')).toBe('likes Python');
    const names = [memoryName(`${long}yes`), memoryName(`${long}no`), memoryName('a\nb'), memoryName('a b')];
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^[^\n]{1,80}$/);
    expect(memoryName('👩‍💻'.repeat(50)).isWellFormed()).toBe(true);
  });
});
