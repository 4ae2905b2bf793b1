/** A text style as the parameters that switch it on, in a fixed order, such as `1;38;5;208`. Empty: no style. */
export type Style = string;

const ATTRIBUTES = ['1', '2', '3', '4', '7', '9'] as const;
/** What each parameter switches off. */
const OFF: Readonly<Record<string, readonly string[]>> = {
  '22': ['1', '2'],
  '23': ['3'],
  '24': ['4'],
  '27': ['7'],
  '29': ['9'],
};

/** Styles seen lately, by `style CSI parameters m`: programs use a handful, again and again. */
const known = new Map<string, Style>();
const MAX_KNOWN = 512;

/**
 * The style after `CSI parameters m`. Bold, dim, italic, underline, inverse, strike and colours (16, 256, RGB, also
 * in the colon form) are kept. Blinking, concealed text, fonts and unknown parameters are ignored; an empty parameter
 * resets, as terminals have it.
 */
export function applySgr(style: Style, parameters: string): Style {
  const key = `${style} ${parameters}`;
  const cached = known.get(key);
  if (cached !== undefined) return cached;
  const result = compute(style, parameters);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, result);
  return result;
}

interface Pen {
  readonly on: Set<string>;
  foreground: string;
  background: string;
}

function compute(style: Style, parameters: string): Style {
  const pen: Pen = { on: new Set(), foreground: '', background: '' };
  if (style !== '') applyAll(pen, style.split(';'));
  applyAll(pen, parameters.split(';'));
  const attributes = ATTRIBUTES.filter((attribute) => pen.on.has(attribute));
  return [...attributes, pen.foreground, pen.background].filter(Boolean).join(';');
}

function applyAll(pen: Pen, parameters: readonly string[]): void {
  for (let index = 0; index < parameters.length; index++) {
    const parameter = parameters[index] ?? '';
    if (parameter === '38' || parameter === '48') {
      index += applyColour(pen, parameter, parameters.slice(index + 1, index + 5));
    } else {
      apply(pen, parameter);
    }
  }
}

function apply(pen: Pen, parameter: string): void {
  const [code = '', ...details] = parameter.split(':');
  const value = code === '' ? 0 : Number(code);
  const name = String(value);
  if (value === 0) {
    pen.on.clear();
    pen.foreground = '';
    pen.background = '';
  } else if (value === 38 || value === 48) {
    // ITU form: 38:2:<colour space>:r:g:b, often written without the colour space.
    const [kind = '', ...values] = details;
    applyColour(pen, name, [kind, ...(kind === '2' && values.length > 3 ? values.slice(1) : values)]);
  } else if (value === 4 && details[0] === '0') {
    pen.on.delete('4');
  } else if (name in OFF) {
    for (const attribute of OFF[name] ?? []) pen.on.delete(attribute);
  } else if (value === 21) {
    pen.on.add('4');
  } else if (value < 10) {
    if (ATTRIBUTES.some((attribute) => attribute === name)) pen.on.add(name);
  } else if (isForeground(value)) {
    pen.foreground = value === 39 ? '' : name;
  } else if (isBackground(value)) {
    pen.background = value === 49 ? '' : name;
  }
}

function isForeground(value: number): boolean {
  return (value >= 30 && value <= 39) || (value >= 90 && value <= 97);
}

function isBackground(value: number): boolean {
  return (value >= 40 && value <= 49) || (value >= 100 && value <= 107);
}

/** Reads the parameters after 38 or 48. Returns how many belong to the colour. */
function applyColour(pen: Pen, plane: string, [kind, ...values]: readonly string[]): number {
  const length = kind === '5' ? 1 : kind === '2' ? 3 : 0;
  const parts = values.slice(0, length).map((value) => Number(value || 0));
  if (parts.length === length && length > 0 && parts.every((part) => part <= 255)) {
    const colour = `${plane};${kind};${parts.join(';')}`;
    if (plane === '38') pen.foreground = colour;
    else pen.background = colour;
  }
  return kind === undefined ? 0 : 1 + parts.length;
}
