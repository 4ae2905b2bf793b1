import { editField, type Field, fieldOf, pasteInto } from '../keys/field.ts';
import { type Key, typedText } from '../keys/key.ts';
import type { FormField } from './fields.ts';
import { buttonAt, type Form } from './form.ts';

/** The form after a key that is text, edits text, or chooses a value; null when the key is none of these here. */
export function editForm(form: Form, key: Key): Form | null {
  if (buttonAt(form) !== null) return null;
  if (form.raw !== null) {
    const raw = editField(form.raw, key);
    return raw === null ? null : { ...form, raw };
  }
  const field = form.fields[form.focus];
  const text = form.texts[form.focus];
  if (field === undefined || text === undefined) return null;
  const next = field.kind === 'choice' ? choose(field, text, key) : editField(text, key);
  return next === null ? null : withText(form, next);
}

/** The form with a pasted text in it, as one line; the same form where the focus takes no text. */
export function pasteForm(form: Form, pasted: string): Form {
  if (form.raw !== null && buttonAt(form) === null) return { ...form, raw: pasteInto(form.raw, pasted) };
  const text = form.texts[form.focus];
  const isText = form.raw === null && text !== undefined && form.fields[form.focus]?.kind !== 'choice';
  return isText ? withText(form, pasteInto(text, pasted)) : form;
}

const withText = (form: Form, text: Field): Form => ({ ...form, texts: form.texts.with(form.focus, text) });

/** Left, right and blank go through the values (and none of them, where that is allowed); a letter goes to the next one it begins. */
function choose({ choices, required, nullable }: FormField, { text }: Field, key: Key): Field | null {
  const labels = [
    ...(required && text !== '' ? [] : ['']),
    ...choices.map(({ label }) => label),
    ...(nullable ? ['null'] : []),
  ];
  const here = labels.indexOf(text);
  const step = key === 'left' ? -1 : key === 'right' || key === 'space' ? 1 : 0;
  if (step !== 0) return fieldOf(labels[(here + step + labels.length) % labels.length] ?? '');
  if (key === 'backspace' || key === 'delete' || key === 'ctrl-u') return fieldOf('');
  const typed = typedText(key)?.toLowerCase() ?? null;
  if (typed === null) return null;
  const turned = [...labels.slice(here + 1), ...labels.slice(0, here + 1)];
  return fieldOf(turned.find((label) => label !== '' && label.toLowerCase().startsWith(typed)) ?? text);
}
