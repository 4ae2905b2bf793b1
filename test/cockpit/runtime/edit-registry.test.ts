import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { editRegistry, takeBack } from '../../../src/cockpit/runtime/edit-registry.ts';
import { editorCommand, entryLine } from '../../../src/cockpit/runtime/editor.ts';
import type { TerminalPort } from '../../../src/cockpit/runtime/port.ts';

const TEXT = `{
  "mem0": { "port": 8050 },
  // comments are allowed
  "nested": {
    "weather": "not an entry"
  },
  "weather": {
    "port": 8055
  }
}
`;
let folder: string;
let file: string;
const lent = { times: 0 };
const terminal = {
  lend: async (run: () => Promise<void>) => {
    lent.times += 1;
    await run();
  },
} as unknown as TerminalPort;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edit-'));
  file = join(folder, 'it\'s a "registry".json');
  await writeFile(file, TEXT);
  lent.times = 0;
});
afterEach(() => rm(folder, { recursive: true }));

/** An editor that is a shell command: it gets the line and the file as its last arguments. */
const editor = (command: string) => ({ PATH: process.env.PATH, VISUAL: `sh -c '${command}' editor` });

describe('the editor', () => {
  test.each([
    [{}, 'vi', ['+7', 'f']],
    [{ EDITOR: 'nano -w' }, 'nano -w', ['+7', 'f']],
    [{ EDITOR: 'vi', VISUAL: '/usr/bin/hx' }, '/usr/bin/hx', ['f:7']],
    [{ VISUAL: 'code --wait' }, 'code --wait', ['-g', 'f:7']],
    [{ EDITOR: 'something-else' }, 'something-else', ['f']],
  ])('with %j is %s', (env, shell, args) => {
    expect(editorCommand(env, 'f', 7)).toEqual({ shell, args });
  });

  test('is opened at the entry, not at a word that is spelled like it', async () => {
    expect(await entryLine(TEXT, 'weather')).toBe(7);
    expect(await entryLine(TEXT, 'unknown')).toBe(1);
    expect(await entryLine('not json at all', 'weather')).toBe(1);
  });
});

describe('editing the registry', () => {
  test('lends the terminal, and remembers what it was', async () => {
    const undo = await editRegistry(terminal, editor('echo "{}" > "$1"'), file, 'weather');
    expect(lent.times).toBe(1);
    expect(undo).toMatchObject({ path: file, before: TEXT, after: '{}\n' });
  });

  test('without a change there is nothing to undo', async () => {
    expect(await editRegistry(terminal, editor('true'), file, 'weather')).toBeNull();
  });

  test('an editor that cannot be run is said by name', async () => {
    await expect(editRegistry(terminal, { VISUAL: '/no/such/editor' }, file, 'x')).rejects.toThrow(
      '"/no/such/editor" failed',
    );
  });

  test('is taken back to the letter', async () => {
    const undo = await editRegistry(terminal, editor('echo "{}" > "$1"'), file, 'weather');
    if (undo === null) throw new Error('nothing to undo');
    await takeBack(undo);
    expect(await readFile(file, 'utf8')).toBe(TEXT);
  });

  test("is not taken back over somebody else's later change", async () => {
    const undo = await editRegistry(terminal, editor('echo "{}" > "$1"'), file, 'weather');
    if (undo === null) throw new Error('nothing to undo');
    await writeFile(file, '{"later": {}}');
    await expect(takeBack(undo)).rejects.toThrow('changed by somebody else since');
    expect(await readFile(file, 'utf8')).toBe('{"later": {}}');
  });
});
