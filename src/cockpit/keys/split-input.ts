import { graphemes } from '../text/width.ts';
import type { Key } from './key.ts';

/** The part of Ink's `Key` that matters here. */
export interface InputFlags {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly tab: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
  readonly shift: boolean;
}

const SPECIAL: readonly (readonly [keyof InputFlags, Key])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

const CONTROL: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007F': 'backspace',
  '\u001B': 'esc',
  ' ': 'space',
};

function characterKey(character: string): Key | null {
  const named = CONTROL[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 1 && code <= 26) return `ctrl-${String.fromCharCode(code + 96)}`;
  return code < 32 ? null : character;
}

/**
 * The presses in one input event. Ink delivers what was typed quickly, or queued up behind a slow link, as one event without
 * flags ("jjj", "abc\r"): it is taken apart here, so that a key means the same however the bytes arrived.
 */
export function splitInput(input: string, flags: InputFlags): readonly Key[] {
  const special = SPECIAL.find(([flag]) => flags[flag]);
  if (special !== undefined) return [special[1] === 'tab' && flags.shift ? 'shift-tab' : special[1]];
  if (flags.ctrl) return input === '' ? [] : [`ctrl-${input.toLowerCase()}`];
  // Esc and the next key, typed quickly or delivered together by a slow link, look like Alt and that key; nothing here needs Alt.
  if (flags.meta) return ['esc', ...splitInput(input, { ...flags, meta: false })];
  return graphemes(input).flatMap((cluster) => {
    // "\r\n" is one grapheme but two bytes of the same key.
    const key = characterKey(cluster === '\r\n' ? '\r' : cluster);
    return key === null ? [] : [key];
  });
}
