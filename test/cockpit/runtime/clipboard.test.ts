import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clipboardTools, copyText, osc52 } from '../../../src/cockpit/runtime/clipboard.ts';

let folder: string;
const path = process.env.PATH;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clipboard-'));
  process.env.PATH = `${folder}${delimiter}${path}`;
});
afterEach(async () => {
  process.env.PATH = path;
  await rm(folder, { recursive: true });
});

/** A clipboard program that keeps what it is given in a file, or refuses. */
async function tool(name: string, exitCode: number): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\ncat > "${folder}/${name}.text"\nexit ${exitCode}\n`);
  await chmod(file, 0o755);
}

const decoded = (sequence: string): string => {
  const payload = /52;c;([A-Za-z0-9+/=]*)/.exec(sequence)?.[1] ?? '';
  return Buffer.from(payload, 'base64').toString();
};

describe('copying', () => {
  test('goes to the desktop where there is one', async () => {
    await tool('xclip', 0);
    const sent: string[] = [];
    expect(await copyText('héllo\n', { DISPLAY: ':0' }, (text) => sent.push(text))).toBe('with xclip');
    expect(await readFile(join(folder, 'xclip.text'), 'utf8')).toBe('héllo\n');
    expect(sent).toEqual([]);
  });

  test('goes on to the next way when a tool refuses', async () => {
    await tool('xclip', 1);
    await tool('xsel', 0);
    expect(await copyText('x', { DISPLAY: ':0' }, () => {})).toBe('with xsel');
    await tool('xsel', 1);
    const sent: string[] = [];
    expect(await copyText('x', { DISPLAY: ':0' }, (text) => sent.push(text))).toContain('OSC 52');
    expect(decoded(sent.join(''))).toBe('x');
  });

  test('never fills the clipboard of the machine at the far end of an SSH link', () => {
    expect(clipboardTools({ DISPLAY: ':0', SSH_CONNECTION: '1 2 3 4' }, 'linux')).toEqual([]);
    expect(clipboardTools({ SSH_TTY: '/dev/pts/1' }, 'darwin')).toEqual([]);
  });

  test('is passed through tmux to the terminal', () => {
    const sequence = osc52('text', { TMUX: '/tmp/tmux' }) ?? '';
    expect(sequence.startsWith('\u001BPtmux;\u001B\u001B]52;c;')).toBe(true);
    expect(sequence.endsWith('\u001B\\')).toBe(true);
    expect(decoded(sequence)).toBe('text');
  });

  test('of what is too long for a terminal goes to a file that only the user can read', async () => {
    const long = 'x'.repeat(100_000);
    const route = await copyText(long, { SSH_TTY: '/dev/pts/1' }, () => {});
    const file = /to (\S+),/.exec(route)?.[1] ?? '';
    expect(await readFile(file, 'utf8')).toBe(long);
    await rm(file);
  });
});
