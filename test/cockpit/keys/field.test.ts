import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editField, type Field, fieldOf, pasteInto } from '../../../src/cockpit/keys/field.ts';
import type { Key } from '../../../src/cockpit/keys/key.ts';
import { graphemes } from '../../../src/cockpit/text/width.ts';

const press = (field: Field, ...keys: Key[]): Field => keys.reduce((now, key) => editField(now, key) ?? now, field);

test('types, moves and deletes where the cursor is', () => {
  expect(press(fieldOf(''), 'a', 'c', 'left', 'b')).toEqual({ text: 'abc', cursor: 2 });
  expect(press(fieldOf('abc'), 'home', 'delete', 'end', 'backspace')).toEqual({ text: 'b', cursor: 1 });
  expect(press(fieldOf('one two  '), 'ctrl-w').text).toBe('one ');
  expect(press(fieldOf('abc'), 'left', 'ctrl-u')).toEqual({ text: 'c', cursor: 0 });
});

test('keys that edit nothing are left to others', () => {
  expect(['enter', 'esc', 'up', 'tab', 'ctrl-l'].map((key) => editField(fieldOf('a'), key))).toEqual(
    Array(5).fill(null),
  );
});

test('a backspace takes what a person calls one character', () => {
  expect(press(fieldOf('a👍🏽'), 'backspace').text).toBe('a');
});

test('a paste becomes one line without control characters', () => {
  expect(pasteInto(fieldOf('x'), 'one\r\ntwo\tthree\u001B[31m').text).toBe('xone two three[31m');
});

test('the cursor never leaves the text', () => {
  const key = fc.constantFrom(
    'a',
    'é',
    '漢',
    'left',
    'right',
    'home',
    'end',
    'backspace',
    'delete',
    'ctrl-w',
    'ctrl-u',
  );
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
      const { text, cursor } = press(fieldOf(''), ...keys);
      expect(cursor).toBeGreaterThanOrEqual(0);
      expect(cursor).toBeLessThanOrEqual(graphemes(text).length);
    }),
  );
});
