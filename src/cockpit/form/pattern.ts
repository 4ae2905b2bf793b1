/** Longest pattern and text that are tried, in UTF-16 units. */
const LONGEST_PATTERN = 200;
const LONGEST_TEXT = 1_000;
/** Each quantifier without a bound may multiply the time by the length of the text. */
const MOST_OPEN = 2;

/**
 * Whether a pattern that a server made up can be tried on a text without a chance that this takes long: no repeated groups, no back
 * references, no look-around, few open quantifiers. Others are left to the server, which has to try them anyway.
 */
export function isSearchable(pattern: string, text: string): boolean {
  if (pattern.length > LONGEST_PATTERN || text.length > LONGEST_TEXT) return false;
  if (/\)[*+{?]|\\[1-9k]|\(\?[=!<]/.test(pattern)) return false;
  if ((pattern.match(/[*+]|\{\d+,/g) ?? []).length > MOST_OPEN) return false;
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}
