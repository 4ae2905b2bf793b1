import path from 'node:path';
import pty from '@lydell/node-pty';
import { expect, test } from 'vitest';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { root } from '../helpers/root.ts';
import { waitFor } from '../helpers/wait.ts';

/** Types `answer` when the question is there, and returns what was shown and the exit code. */
async function answer(home: Home, keys: string): Promise<{ readonly text: string; readonly code: number }> {
  const args = [path.join(root, 'dist/bin/mcp.cjs'), 'one', 'remove'];
  const terminal = pty.spawn(process.execPath, args, { env: { ...home.env, TERM: 'xterm' }, cols: 200, rows: 24 });
  let text = '';
  let code: number | null = null;
  terminal.onData((chunk) => {
    text += chunk;
  });
  terminal.onExit(({ exitCode, signal }) => {
    code = signal ? 128 + signal : exitCode;
  });
  await waitFor('the question', () => text.includes('[y/N] '));
  terminal.write(keys);
  await waitFor('the end', () => code !== null);
  return { text, code: code ?? -1 };
}

const listed = async (home: Home) => (await home.run('mcp', ['list'])).stdout.includes('one');

test.each([
  ['y\r', 0, false],
  ['yes\r', 0, false],
  ['n\r', 1, true],
  ['\r', 1, true],
  ['\u0004', 1, true],
  ['\u0003', 130, true],
])('remove, answered with %j: exit %i', async (keys, code, stays) => {
  await using home = await temporaryHome();
  await home.writeRegistry({ one: { command: 'x' } });
  const answered = await answer(home, keys);
  expect({ code: answered.code, stays: await listed(home) }).toEqual({ code, stays });
  expect(answered.text).toContain(stays ? 'nothing was changed' : 'removed one');
});
