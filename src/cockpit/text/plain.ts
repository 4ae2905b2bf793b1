/**
 * Latin letters, punctuation, arrows, box drawing, bars, braille and the signs of the chrome: each is one UTF-16 unit, one character
 * to a person, and one column wide. Almost everything on the screen is of these.
 */
const PLAIN_UNITS =
  ' -~\u00A1-\u00AC\u00AE-\u02FF\u2010-\u2027\u2030-\u205E\u2190-\u2319\u2500-\u25FC\u2639-\u2647\u26B0-\u26BC\u2713-\u2718\u2800-\u28FF';
const PLAIN = new RegExp(`^[${PLAIN_UNITS}]*$`);
const PLAIN_WITH_COLOURS = new RegExp(`^(?:[${PLAIN_UNITS}\n]|\u001B\\[[\\d;]*m)*$`);
const PART = /\u001B\[[\d;]*m|[\s\S]/g;

/** Whether a text is as wide as it is long, so that nobody needs Unicode's tables to measure or cut it. */
export const isPlain = (text: string): boolean => PLAIN.test(text);

/** Characters and colour codes of a text that is plain apart from colours and line ends; null for any other. */
export function plainParts(text: string): readonly string[] | null {
  return PLAIN_WITH_COLOURS.test(text) ? (text.match(PART) ?? []) : null;
}
