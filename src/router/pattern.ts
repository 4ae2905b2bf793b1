import { Script } from 'node:vm';

/** A pattern that takes longer counts as no match (milliseconds): `(a+)+$` can take hours. */
const LIMIT_MS = 25;
/** Prompts are cut here for patterns. */
const LONGEST = 10_000;

const script = new Script('new RegExp(pattern, "iu").test(text)');

/** Whether a regular expression of the user's matches, case ignored. One that is invalid, or takes too long, does not. */
export function matchesWithin(pattern: string, text: string): boolean {
  try {
    return script.runInNewContext({ pattern, text: text.slice(0, LONGEST) }, { timeout: LIMIT_MS }) === true;
  } catch {
    return false;
  }
}
