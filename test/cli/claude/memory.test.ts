import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryShape } from '../../../src/cli/claude/json-shapes.ts';
import { memoriesIn } from '../../../src/cli/claude/memories.ts';
import { defaultRegistry } from '../../../src/registry/default-registry.ts';
import { freePort } from '../../helpers/free-port.ts';
import { type Home, temporaryHome } from '../../helpers/home.ts';
import { root } from '../../helpers/root.ts';
import { tinyStdio } from '../../helpers/tiny.ts';

let home: Home;
beforeEach(async () => {
  home = await temporaryHome();
  const entries = defaultRegistry({ mem0: await freePort(), filesystem: 1, github: 1 });
  await home.writeRegistry({ tiny: { ...tinyStdio(), autostart: true }, mem0: entries.mem0 });
});
afterEach(() => home.close());

const run = (...args: string[]) => home.run('claude-mcp', args);
const memory = async (...args: string[]) => {
  const { stdout, stderr, code } = await run('memory', ...args.slice(0, 1), '--json', ...args.slice(1));
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return memoryShape.parse(JSON.parse(stdout));
};

test('a memory is saved, found by its words, listed and forgotten; nothing had to be started before', async () => {
  const saved = await run('memory', 'save', 'I prefer', 'Python for AI');
  expect(saved).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Saved as memory \S+\.\n$/) });
  await memory('save', 'The shop closes at six\nexcept on Sundays');
  const { server, memories } = await memory('search', 'python', 'language');
  expect(server).toBe('mem0');
  expect(memories?.map(({ text }) => text)).toEqual(['I prefer Python for AI']);
  const listed = await run('memory', 'list');
  expect(listed.stdout).toMatch(/The shop closes at six except on Sundays/);
  await memory('forget', memories?.[0]?.id ?? '');
  expect((await memory('list')).memories).toHaveLength(1);
  expect(await run('memory', 'search', 'python')).toMatchObject({ code: 0, stdout: '', stderr: 'nothing found\n' });
});

test('a text that looks like an option, and one that looks like a reference', async () => {
  await memory('save', '--', '--not an option ${query} $HOME');
  expect((await memory('list')).memories?.map(({ text }) => text)).toEqual(['--not an option ${query} $HOME']);
});

test('another server by its tools and the arguments that its entry names', async () => {
  const role = { save: { tool: 'tool_0', args: { deep: [{ what: '${text}' }] } } };
  await home.writeRegistry({ tiny: { ...tinyStdio(), autostart: true, roles: { memory: role } } });
  const { server, text } = await memory('save', 'x "y"');
  expect(server).toBe('tiny');
  expect(text).toContain(JSON.stringify({ deep: [{ what: 'x "y"' }] }));
  expect(await run('memory', 'forget', '1')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no tool to forget'),
  });
});

test("npm's reference memory server, which names no role: by its tools", async () => {
  const program = path.join(root, 'node_modules/@modelcontextprotocol/server-memory/dist/index.js');
  const env = { MEMORY_FILE_PATH: path.join(home.dir, 'graph.jsonl') };
  const graph = { transport: 'stdio', command: process.execPath, args: [program], env, autostart: true };
  await home.writeRegistry({ graph: { ...graph, roles: { memory: {} } } });
  await memory('save', 'I prefer Python for AI');
  await memory('save', 'The shop closes at six');
  const { server, memories } = await memory('search', 'python');
  expect(server).toBe('graph');
  expect(memories?.map(({ text }) => text)).toEqual(['I prefer Python for AI']);
  expect((await memory('list')).memories).toHaveLength(2);
  await memory('forget', memories?.[0]?.id ?? '');
  expect((await memory('list')).memories?.map(({ text }) => text)).toEqual(['The shop closes at six']);
});

test('what goes wrong is one sentence with the way out', async () => {
  expect(await run('memory', 'forget', 'no-such-id')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^claude-mcp: mem0: /),
  });
  expect(await run('memory', 'list', '--server', 'tiny')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('roles'),
  });
  expect(await run('memory', 'list', '--server', 'men0')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('mem0'),
  });
  expect(await run('memory')).toMatchObject({ code: 2 });
  await home.run('mcp', ['mem0', 'stop']);
  expect(await run('memory', 'list')).toMatchObject({ code: 1, stderr: expect.stringContaining('mcp mem0 start') });
});

describe('send', () => {
  test('JSON, or a value for each key; what the tool answers on stdout', async () => {
    const asJson = await run('send', 'tiny', 'tool_1', '{"a": 1, "b": [true, "x y"]}');
    const asWords = await run('send', 'tiny', 'tool_1', 'a=1', 'b=[true, "x y"]');
    expect(asJson).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('"b":[true,"x y"]') });
    expect(asWords.stdout).toBe(asJson.stdout);
    const raw = JSON.parse((await run('send', 'tiny', 'tool_1', 'text=a=b', '--json')).stdout);
    expect(JSON.stringify(raw)).toContain('a=b');
  });

  test.each([
    [['nope', 'x'], 3, 'there is no server nope'],
    [['tiny', 'x', '{"a": '], 2, 'not valid JSON'],
    [['tiny', 'x', 'word'], 2, 'no argument'],
    [['tiny'], 2, 'tool'],
    [['tiny', 'tool_11'], 3, 'did you mean tool_1?'],
    [['mem0', 'save_memory'], 2, 'save_memory needs text → claude-mcp send mem0 save_memory text=…'],
  ])('%j: exit %i', async (args, code, sentence) => {
    expect(await run('send', ...args)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(sentence) });
  });
});

describe('memories in answers', () => {
  const text = (value: unknown) => ({ content: [{ type: 'text', text: JSON.stringify(value) }] });
  test.each([
    ['OpenMemory', text([{ id: 'a', memory: 'one', created_at: '2026-01-02' }]), [['a', 'one', '2026-01-02']]],
    ['mem0', text({ results: [{ id: 'a', memory: 'one' }] }), [['a', 'one', null]]],
    [
      'the reference server',
      text({ entities: [{ name: 'n', entityType: 'memory', observations: ['one', 'two'] }], relations: [] }),
      [['n', 'one\ntwo', null]],
    ],
    ['nothing saved yet', text([]), []],
  ])('%s', (_what, result, wanted) => {
    expect(memoriesIn(result)?.map(({ id, text: said, createdAt }) => [id, said, createdAt])).toEqual(wanted);
  });

  test.each([[{}], [text('plain')], [text({ results: [{ id: 1 }] })], [{ content: [{ type: 'image' }] }]])(
    'anything else is shown as it is: %j',
    (result) => expect(memoriesIn(result)).toBeNull(),
  );
});
