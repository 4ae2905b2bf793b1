/**
 * One press, by name: a printable character as itself (`j`, `S`, `/`), else `space enter esc tab shift-tab up down left right
 * pageup pagedown home end backspace delete`, `ctrl-u`.
 */
export type Key = string;

const LABELS: Readonly<Record<string, string>> = {
  space: 'Space',
  enter: 'Enter',
  esc: 'Esc',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  home: 'Home',
  end: 'End',
  backspace: 'Backspace',
  delete: 'Del',
};

/** The key as footers, help and documents write it. */
export function keyLabel(key: Key): string {
  if (key.startsWith('ctrl-')) return `Ctrl-${key.slice(5).toUpperCase()}`;
  return LABELS[key] ?? key;
}

/** The character that a key types into a text field, or null for a key that types nothing. */
export function typedText(key: Key): string | null {
  if (key === 'space') return ' ';
  return key in LABELS || key.startsWith('ctrl-') ? null : key;
}

/** Whether `key` is a name this program can receive: what an override in the settings must pass. */
export function isKey(key: string): boolean {
  return key in LABELS || /^ctrl-[a-z]$/.test(key) || /^[\x21-\x7e]$/.test(key);
}
