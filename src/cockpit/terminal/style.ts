/** Parameters of an SGR sequence (`1;36`) that lead from the default look to this one, in a fixed order; empty: the default look. */
export type Style = string;

const SLOTS = ['bold', 'dim', 'italic', 'underline', 'blink', 'inverse', 'hidden', 'strike', 'text', 'ground'] as const;
type Slot = (typeof SLOTS)[number];

const STARTS: Readonly<Record<number, Slot>> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  5: 'blink',
  7: 'inverse',
  8: 'hidden',
  9: 'strike',
  38: 'text',
  48: 'ground',
};
const ENDS: Readonly<Record<number, readonly Slot[]>> = {
  0: SLOTS,
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  25: ['blink'],
  27: ['inverse'],
  28: ['hidden'],
  29: ['strike'],
  39: ['text'],
  49: ['ground'],
};
/** How many parameters follow `38` and `48`, by the first of them. */
const COLOUR_LENGTH: Readonly<Record<number, number>> = { 5: 2, 2: 4 };

const slotOf = (code: number): Slot | undefined => {
  const tens = Math.floor(code / 10);
  if (code % 10 > 7) return STARTS[code];
  if (tens === 3 || tens === 9) return 'text';
  return tens === 4 || tens === 10 ? 'ground' : STARTS[code];
};

/** The look after an SGR sequence with these parameters; null when one of them is not known here. */
export function restyle(before: Style, parameters: string): Style | null {
  const looks = take(new Map(), before);
  const after = looks === null ? null : take(looks, parameters === '' ? '0' : parameters);
  return after === null ? null : SLOTS.flatMap((slot) => after.get(slot) ?? []).join(';');
}

function take(looks: Map<Slot, string>, parameters: string): Map<Slot, string> | null {
  const codes = parameters === '' ? [] : parameters.split(';').map(Number);
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    const slot = slotOf(code);
    const ends = ENDS[code];
    if (ends !== undefined) {
      for (const ended of ends) looks.delete(ended);
    } else if (slot !== undefined) {
      const more = code === 38 || code === 48 ? (COLOUR_LENGTH[codes[at + 1] ?? -1] ?? null) : 0;
      if (more === null || at + more >= codes.length) return null;
      looks.set(slot, codes.slice(at, at + more + 1).join(';'));
      at += more;
    } else {
      return null;
    }
  }
  return looks;
}
