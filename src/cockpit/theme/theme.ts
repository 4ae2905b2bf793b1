import type { Role } from './role.ts';

/** Parameters of the SGR sequence of each role; the empty string is the terminal's own look. */
export type Palette = Readonly<Record<Role, string>>;

export interface Theme {
  readonly name: string;
  /** False: no colour of ours and none of a server's log lines. */
  readonly colours: boolean;
  readonly palette: Palette;
}

/** The sixteen colours every terminal lets its user choose, on the terminal's own background. */
const ansi16: Palette = {
  text: '',
  strong: '1',
  muted: '90',
  label: '36',
  heading: '4',
  title: '1',
  accent: '36',
  ok: '32',
  busy: '36',
  warn: '33',
  error: '31',
  asleep: '34',
  key: '36',
  frame: '90',
  frameFocus: '36',
  selected: '30;46',
  selectedAway: '1',
  match: '30;43',
  matchHere: '30;45',
  field: '',
  cursor: '7',
  banner: '30;43',
  bannerError: '97;41',
  name1: '36',
  name2: '35',
  name3: '33',
  name4: '32',
  name5: '34',
  name6: '95',
};

const highContrast: Palette = {
  ...ansi16,
  muted: '',
  label: '1;96',
  heading: '1;4',
  title: '1;97',
  accent: '1;96',
  ok: '1;92',
  busy: '1;96',
  warn: '1;93',
  error: '1;91',
  asleep: '1;94',
  key: '1;96',
  frame: '',
  frameFocus: '1;96',
  selected: '1;30;107',
  selectedAway: '1;4',
  match: '30;103',
  matchHere: '30;105',
};

/** No colour at all: weight, underline and inverse carry what glyphs and words do not. */
const mono: Palette = {
  text: '',
  strong: '1',
  muted: '',
  label: '',
  heading: '4',
  title: '1',
  accent: '1',
  ok: '',
  busy: '',
  warn: '1',
  error: '1',
  asleep: '',
  key: '1',
  frame: '',
  frameFocus: '1',
  selected: '7',
  selectedAway: '1',
  match: '4',
  matchHere: '7',
  field: '',
  cursor: '7',
  banner: '7',
  bannerError: '1;7',
  name1: '',
  name2: '',
  name3: '',
  name4: '',
  name5: '',
  name6: '',
};

export const THEMES = {
  default: { name: 'default', colours: true, palette: ansi16 },
  contrast: { name: 'contrast', colours: true, palette: highContrast },
  mono: { name: 'mono', colours: false, palette: mono },
} as const satisfies Record<string, Theme>;
export type ThemeName = keyof typeof THEMES;

type Environment = Readonly<Record<string, string | undefined>>;

/** NO_COLOR (any value but the empty one) and a terminal without colours win over the wish; FORCE_COLOR=0 counts as NO_COLOR. */
export function chooseTheme(wish: ThemeName | undefined, env: Environment, colour: boolean | undefined): Theme {
  const refused =
    Boolean(env.NO_COLOR) || env.FORCE_COLOR === '0' || env.TERM === 'dumb' || (env.TERM ?? '').endsWith('-mono');
  if (colour === false || (colour === undefined && refused)) return THEMES.mono;
  return THEMES[wish ?? 'default'];
}
