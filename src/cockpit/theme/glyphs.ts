import type { TrafficOutcome, UnitState } from '../../supervisor/api.ts';

export interface FrameGlyphs {
  readonly horizontal: string;
  readonly vertical: string;
  readonly topLeft: string;
  readonly topRight: string;
  readonly bottomLeft: string;
  readonly bottomRight: string;
}

/** Every symbol of the chrome; each is one column wide. */
export interface Glyphs {
  readonly name: 'unicode' | 'ascii';
  readonly state: Readonly<Record<UnitState, string>>;
  readonly outcome: Readonly<Record<TrafficOutcome, string>>;
  /** A request of a client to a server, and of a server to a client. */
  readonly toServer: string;
  readonly toClient: string;
  readonly light: FrameGlyphs;
  readonly heavy: FrameGlyphs;
  /** Ends of the rule between two stacked panes: neither focused, the upper one, the lower one. */
  readonly divider: Readonly<Record<'none' | 'upper' | 'lower', readonly [string, string]>>;
  readonly branch: string;
  readonly pointer: string;
  readonly marked: string;
  readonly cut: string;
  readonly ascending: string;
  readonly descending: string;
  readonly none: string;
  /** Bars of a sparkline from low to high. */
  readonly bars: readonly string[];
  readonly failedProbe: string;
  readonly next: string;
  readonly tick: string;
  readonly cross: string;
  readonly dot: string;
}

/**
 * Besides box drawing and block elements, without which there is no frame and no sparkline, no symbol here is of ambiguous width
 * and none has an emoji form: a terminal for East Asian text draws them one column wide like every other.
 */
export const UNICODE: Glyphs = {
  name: 'unicode',
  state: {
    stopped: '◌',
    asleep: '☾',
    waiting: '⋯',
    installing: '⇣',
    starting: '◔',
    ready: '◉',
    degraded: '◒',
    stopping: '◕',
    backoff: '↻',
    crashed: '✘',
    blocked: '⊘',
    'needs-auth': '⚷',
    unconfigured: '⌀',
    foreign: '?',
  },
  outcome: { pending: '◔', ok: '✓', 'tool-error': '⌀', error: '✘', cancelled: '⊘', 'waiting-for-client': '⋯' },
  toServer: '⇢',
  toClient: '⇠',
  light: { horizontal: '─', vertical: '│', topLeft: '┌', topRight: '┐', bottomLeft: '└', bottomRight: '┘' },
  heavy: { horizontal: '━', vertical: '┃', topLeft: '┏', topRight: '┓', bottomLeft: '┗', bottomRight: '┛' },
  divider: { none: ['├', '┤'], upper: ['┡', '┩'], lower: ['┢', '┪'] },
  branch: '└',
  pointer: '▸',
  marked: '✓',
  cut: '⋯',
  ascending: '▴',
  descending: '▾',
  none: '-',
  bars: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  failedProbe: '✗',
  next: '▸',
  tick: '✓',
  cross: '✘',
  dot: '∙',
};

export const ASCII: Glyphs = {
  name: 'ascii',
  state: {
    stopped: '.',
    asleep: 'z',
    waiting: '~',
    installing: 'v',
    starting: '+',
    ready: '*',
    degraded: '!',
    stopping: '-',
    backoff: '^',
    crashed: 'x',
    blocked: '#',
    'needs-auth': 'k',
    unconfigured: '0',
    foreign: '?',
  },
  outcome: { pending: '~', ok: '+', 'tool-error': '!', error: 'x', cancelled: '#', 'waiting-for-client': '?' },
  toServer: '>',
  toClient: '<',
  light: { horizontal: '-', vertical: '|', topLeft: '+', topRight: '+', bottomLeft: '+', bottomRight: '+' },
  heavy: { horizontal: '=', vertical: '#', topLeft: '#', topRight: '#', bottomLeft: '#', bottomRight: '#' },
  divider: { none: ['+', '+'], upper: ['#', '#'], lower: ['#', '#'] },
  branch: '`',
  pointer: '>',
  marked: '+',
  cut: '~',
  ascending: '^',
  descending: 'v',
  none: '-',
  bars: ['_', '_', '.', '.', '-', '=', '^', '^'],
  failedProbe: 'x',
  next: '>',
  tick: '+',
  cross: 'x',
  dot: '-',
};

type Environment = Readonly<Record<string, string | undefined>>;

/** ASCII where the locale (LC_ALL, then LC_CTYPE, then LANG) does not say UTF-8; a wish is a wish. */
export function chooseGlyphs(wish: Glyphs['name'] | undefined, env: Environment): Glyphs {
  if (wish !== undefined) return wish === 'ascii' ? ASCII : UNICODE;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) ? UNICODE : ASCII;
}
