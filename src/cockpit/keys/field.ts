import { graphemes } from '../text/width.ts';
import { type Key, typedText } from './key.ts';

/** A one-line text being typed; the cursor stands before the grapheme of that index. */
export interface Field {
  readonly text: string;
  readonly cursor: number;
}

export const fieldOf = (text: string): Field => ({ text, cursor: graphemes(text).length });

function splice({ text, cursor }: Field, remove: number, insert: string): Field {
  const clusters = graphemes(text);
  const start = Math.max(0, cursor - remove);
  const head = clusters.slice(0, start).join('') + insert;
  return { text: head + clusters.slice(cursor).join(''), cursor: graphemes(head).length };
}

function wordBefore({ text, cursor }: Field): number {
  const head = graphemes(text).slice(0, cursor).join('');
  return cursor - graphemes(head.replace(/\S+\s*$/, '')).length;
}

const EDITS: Readonly<Record<Key, (field: Field) => Field>> = {
  backspace: (field) => splice(field, 1, ''),
  delete: (field) =>
    field.cursor < graphemes(field.text).length ? splice({ ...field, cursor: field.cursor + 1 }, 1, '') : field,
  left: (field) => ({ ...field, cursor: Math.max(0, field.cursor - 1) }),
  right: (field) => ({ ...field, cursor: Math.min(graphemes(field.text).length, field.cursor + 1) }),
  home: (field) => ({ ...field, cursor: 0 }),
  end: (field) => fieldOf(field.text),
  'ctrl-a': (field) => ({ ...field, cursor: 0 }),
  'ctrl-e': (field) => fieldOf(field.text),
  'ctrl-u': (field) => splice(field, field.cursor, ''),
  'ctrl-w': (field) => splice(field, wordBefore(field), ''),
};

/** The field after a key, or null when the key is not one that edits. */
export function editField(field: Field, key: Key): Field | null {
  const edit = EDITS[key];
  if (edit !== undefined) return edit(field);
  const typed = typedText(key);
  return typed === null ? null : splice(field, 0, typed);
}

/** A paste goes in as one line: what breaks lines becomes a space, other control characters are dropped. */
export function pasteInto(field: Field, text: string): Field {
  return splice(field, 0, text.replace(/[\r\n\t]+/g, ' ').replace(/[\u0000-\u001F\u007F]/g, ''));
}
