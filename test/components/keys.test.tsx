import { Writable } from 'node:stream';
import fc from 'fast-check';
import { render, useInput } from 'ink';
import { expect, test } from 'vitest';
import type { Key } from '../../src/cockpit/keys/key.ts';
import { splitInput } from '../../src/cockpit/keys/split-input.ts';
import { Keyboard } from '../helpers/screen.ts';

/** What terminals send for a key. */
const BYTES: Readonly<Record<Key, string>> = {
  enter: '\r',
  tab: '\t',
  'shift-tab': '\u001B[Z',
  space: ' ',
  backspace: '\u007F',
  delete: '\u001B[3~',
  up: '\u001B[A',
  down: '\u001BOB',
  left: '\u001B[D',
  right: '\u001B[C',
  pageup: '\u001B[5~',
  pagedown: '\u001B[6~',
  home: '\u001B[H',
  end: '\u001B[F',
  'ctrl-c': '\u0003',
  'ctrl-d': '\u0004',
  'ctrl-u': '\u0015',
};
const LETTERS = [...'jkgGsSrq/:?nP109', 'é', '漢'];

/** Everything is typed into one Ink; the keys that come out are collected. */
function typewriter() {
  const stdin = new Keyboard();
  const keys: Key[] = [];
  const sink = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { columns: 80, rows: 24 });
  function Listener() {
    useInput((input, key) => {
      keys.push(...splitInput(input, key));
    });
    return null;
  }
  const app = render(<Listener />, {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: sink,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  return { stdin, keys, close: () => app.unmount() };
}

test('the same keys come out however the bytes were cut into chunks', async () => {
  const { stdin, keys, close } = typewriter();
  await new Promise((resolve) => setImmediate(resolve));
  const someKeys = fc.array(fc.constantFrom(...Object.keys(BYTES), ...LETTERS), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(someKeys, fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 20 }), async (pressed, sizes) => {
      keys.length = 0;
      let rest = Buffer.from(pressed.map((key) => BYTES[key] ?? key).join(''));
      for (const size of [...sizes, rest.length]) {
        if (rest.length === 0) break;
        stdin.write(rest.subarray(0, size));
        rest = rest.subarray(size);
        // Far shorter than the 20 ms after which a half sequence counts as Esc.
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (let turn = 0; keys.length < pressed.length && turn < 100; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(keys).toEqual(pressed);
    }),
    { numRuns: 200 },
  );
  close();
});
