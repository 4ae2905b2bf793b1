/** Whole escape sequences, so that nothing of them stays behind as text: CSI, then strings (OSC, DCS …), then any other. */
const ESCAPES =
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?|(?:\u001B[\]PX^_]|[\u0090\u0098\u009D-\u009F])[^\u0007\u001B\u009C]*(?:\u0007|\u009C|\u001B\\)?|\u001B[ -/]*[0-~]?/g;
const BREAKS = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g;
/** Controls, marks that turn the direction of text, invisible characters, variation selectors, halves of characters. */
const HIDDEN = new RegExp(
  `[${[
    '\\0-\\x1f\\x7f-\\x9f',
    '\\u061c\\u200e-\\u200f\\u202a-\\u202e\\u2066-\\u2069',
    '\\u00ad\\u180e\\u200b\\u200d\\u2060-\\u2065\\u206a-\\u206f\\ufeff\\ufff9-\\ufffb',
    '\\ufe00-\\ufe0f\\u{e0000}-\\u{e0fff}\\ud800-\\udfff',
  ].join('')}]`,
  'gu',
);
const HARMLESS = /^[ -~]*$/;

const ROW = 4_000;

/**
 * What a server or client wrote, made safe for one row of a terminal: no escape sequence, no character that hides or turns others,
 * one line, at most `most` UTF-16 units.
 */
export function tame(text: string, most: number = ROW): string {
  const bounded = text.length > most ? `${text.slice(0, Math.max(0, most - 3))}...` : text;
  if (HARMLESS.test(bounded)) return bounded;
  return bounded.replaceAll(ESCAPES, '').replaceAll('\t', '  ').replaceAll(BREAKS, ' ').replaceAll(HIDDEN, '');
}

/** A text of several lines as rows that are each safe; at most `most` of them, the last one saying how many are not there. */
export function tameRows(text: string, most: number): readonly string[] {
  const rows = text.split(BREAKS);
  const shown = rows.slice(0, most).map((row) => tame(row));
  return rows.length > most ? [...shown, `... ${rows.length - most} more lines`] : shown;
}

/** JSON in which every character that a terminal may not get is written as an escape: the value is the same, and it is safe to show. */
export function tameJson(json: string): string {
  return json.replaceAll(HIDDEN, (found) =>
    Array.from(
      { length: found.length },
      (_, unit) => `\\u${found.charCodeAt(unit).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/** Whether {@link tame} would leave a text as it is. */
export const isTame = (text: string): boolean => tame(text) === text;
