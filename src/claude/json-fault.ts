import { parseDocument, placeAt } from '../registry/json-document.ts';
import type { Problem } from '../registry/problem.ts';

/** Why a text is no JSON object, with line and column; null when it is one, or empty. */
export function jsonFault(text: string, file: string): Problem | null {
  if (text.replace(/^\uFEFF/, '').trim() === '') return null;
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault === undefined && document.root?.type === 'object') return null;
  return {
    what: `${placeAt(document, fault?.offset ?? 0, file)} is not valid JSON`,
    why: fault?.message ?? 'an object {…} is expected here',
    next: 'mend that line; nothing was changed',
  };
}
