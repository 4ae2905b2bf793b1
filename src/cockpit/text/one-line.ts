import type { Glyphs } from '../theme/glyphs.ts';

/** What somebody else wrote, on one row, with the chrome's own sign for "what to do next". */
export const oneLine = (text: string, { next }: Glyphs): string =>
  text.replace(/\s+/g, ' ').replaceAll('→', next).trim();
