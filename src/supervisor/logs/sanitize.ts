import { LineCells } from './line-cells.ts';
import { CUT_MARK } from './line-splitter.ts';
import { applySgr, type Style } from './sgr.ts';

/** Longest `text` and `plain`, in UTF-16 units, escape sequences and cut mark included. */
export const MAX_TEXT_LENGTH = 16 * 1024 + CUT_MARK.length;

const ASCII = /^[ -~]*$/;
/** What a log line must not hand to a terminal as it stands. */
const SPECIAL = new RegExp(
  `[${[
    '\\0-\\x1f\\x7f-\\x9f', // C0 and C1 controls
    '\\u061c\\u200e-\\u200f\\u202a-\\u202e\\u2066-\\u2069', // text direction: can make a line read as another
    '\\u2028-\\u2029', // line and paragraph separators
    '\\u00ad\\u180e\\u200b\\u200d\\u2060-\\u2065\\u206a-\\u206f\\ufeff\\ufff9-\\ufffb', // invisible
    '\\ufe00-\\ufe0f\\u{e0000}-\\u{e0fff}', // variation selectors (terminals disagree on the width), tags
    '\\p{Cs}', // lone surrogates
  ].join('')}]`,
  'u',
);

/** `CSI parameters intermediates final`; the final is missing when the sequence is broken. */
const CSI = /(?:\x1b\[|\x9b)([0-?]*)([ -/]*)([@-~]?)/y;
/** OSC ends with BEL or ST; DCS, SOS, PM and APC with ST. CAN, SUB and a new escape abort all of them. */
const OSC = /(?:\x1b\]|\x9d)[^\x07\x18\x1a\x1b\x9c]*(?:\x07|\x9c|\x1b\\|\x18|\x1a|(?=\x1b))/y;
const STRING = /(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x18\x1a\x1b\x9c]*(?:\x9c|\x1b\\|\x18|\x1a|(?=\x1b))/y;
/** Any other escape, and what is left of a broken one. */
const ESCAPE = /\x1b[ -/]*[0-~]?|[\x80-\x9f]/y;
const SGR_PARAMETERS = /^[\d;:]*$/;

const cells = new LineCells(MAX_TEXT_LENGTH);

/**
 * Makes a raw line of a server's output safe to show in a terminal.
 *
 * `text` keeps colours and weights (SGR, normalised, closed at the end) and nothing else of what a terminal would act
 * on; `plain` is the same without them. `\r`, backspace and erase sequences rewrite the line, so that a progress bar
 * leaves what a terminal would show last; tabs become spaces. Both end with a mark where more than
 * {@link MAX_TEXT_LENGTH} units were cut. Idempotent: cleaning `text` again changes nothing.
 */
export function sanitizeLine(raw: string): { readonly text: string; readonly plain: string } {
  if (raw.length <= MAX_TEXT_LENGTH && (ASCII.test(raw) || !SPECIAL.test(raw))) return { text: raw, plain: raw };
  cells.clear();
  draw(raw);
  const { text, plain } = cells.render(CUT_MARK);
  return { text, plain };
}

function draw(raw: string): void {
  let style: Style = '';
  let index = 0;
  while (index < raw.length) {
    const unit = raw.charCodeAt(index);
    if (unit >= 0x20 && unit < 0x7f) {
      cells.put(unit, style);
      index += 1;
    } else if (unit === 0x1b || (unit >= 0x80 && unit <= 0x9f)) {
      const csi = match(CSI, raw, index);
      if (csi) style = control(csi[3] ?? '', csi[1] ?? '', csi[2] ?? '', style);
      index += (csi ?? match(OSC, raw, index) ?? match(STRING, raw, index) ?? match(ESCAPE, raw, index) ?? ' ')[0]
        .length;
    } else if (unit < 0x20 || unit === 0x7f) {
      c0(unit, style);
      index += 1;
    } else {
      const code = raw.codePointAt(index) ?? unit;
      cells.putCodePoint(visible(code), style);
      index += code > 0xffff ? 2 : 1;
    }
  }
}

function match(pattern: RegExp, raw: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(raw);
}

/** Carries out the few CSI sequences that stay within the line. Returns the style that follows. */
function control(final: string, parameters: string, intermediates: string, style: Style): Style {
  if (intermediates !== '' || !SGR_PARAMETERS.test(parameters)) return style;
  if (final === 'm') return applySgr(style, parameters);
  const count = Number.parseInt(parameters, 10);
  if (final === 'G') cells.moveTo(Math.max(1, count || 1) - 1);
  else if (final === 'C') cells.moveBy(Math.max(1, count || 1));
  else if (final === 'D') cells.moveBy(-Math.max(1, count || 1));
  else if (final === 'K') cells.erase(count || 0);
  else if (final === 'J' && !count) cells.erase(0);
  return style;
}

const BACKSPACE = 0x08;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
/** Newline, vertical tab, form feed. */
const BREAKS = [0x0a, 0x0b, 0x0c];
/** NUL, bell, character set shifts: a terminal shows nothing for them. */
const SILENT = [0x00, 0x07, 0x0e, 0x0f];
const MIDDLE_DOT = 0xb7;

function c0(unit: number, style: Style): void {
  if (unit === CARRIAGE_RETURN) cells.moveTo(0);
  else if (unit === BACKSPACE) cells.moveBy(-1);
  else if (unit === TAB) cells.tab(style);
  else if (BREAKS.includes(unit)) cells.put(0x20, style);
  else if (!SILENT.includes(unit)) cells.put(MIDDLE_DOT, style);
}

const ZERO_WIDTH_JOINER = 0x200d;
const REPLACEMENT = 0xfffd;

/** What to show for a code point outside ASCII: itself, a stand-in, or null for nothing. */
function visible(code: number): number | null {
  if (code === ZERO_WIDTH_JOINER) return code;
  if (code === 0x2028 || code === 0x2029) return 0x20;
  if (code >= 0xd800 && code <= 0xdfff) return REPLACEMENT;
  return SPECIAL.test(String.fromCodePoint(code)) ? null : code;
}
