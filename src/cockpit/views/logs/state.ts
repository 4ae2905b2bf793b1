import type { LogLevel } from '../../../supervisor/api.ts';
import type { LogPosition } from '../../logs/line-ring.ts';
import type { Gathered } from '../../logs/log-lines.ts';

/** Where a paused view starts: a line, and how many of its wrapped rows are above the pane. */
export interface LogTop extends LogPosition {
  readonly skip: number;
}

/** What is remembered of one log (of one server, of the marked ones, of all) while others are looked at. */
export interface StreamState {
  readonly follow: boolean;
  /** Paused: the line the cursor is on, and the first one shown. */
  readonly cursor: LogPosition | null;
  readonly top: LogTop | null;
  /** Columns scrolled to the right. */
  readonly left: number;
  readonly search: string;
  /** Hides lines that do not match the search. */
  readonly onlyMatches: boolean;
  /** Hides lines less severe than this. */
  readonly level: LogLevel | null;
  /** Lines, and errors among them, that came since the view was paused (errors: since it was last focused). */
  readonly fresh: number;
  readonly freshErrors: number;
}

export const initialStream: StreamState = {
  follow: true,
  cursor: null,
  top: null,
  left: 0,
  search: '',
  onlyMatches: false,
  level: null,
  fresh: 0,
  freshErrors: 0,
};

export interface LogsState {
  /** Shows all servers, whatever is selected or marked. */
  readonly all: boolean;
  readonly wrap: boolean;
  readonly timestamps: boolean;
  /** By stream key: a server's name, or one of the two keys below. */
  readonly streams: Readonly<Record<string, StreamState>>;
  /** Rises whenever lines were gathered: the lines themselves are not state. */
  readonly version: number;
  /** The newest line gathered so far. */
  readonly newest: LogPosition | null;
}

/** Keys no server can have: names in the registry do not start with a blank. */
export const MARKED_STREAM = ' marked';
export const ALL_STREAM = ' all';

export const initialLogs: LogsState = {
  all: false,
  wrap: false,
  timestamps: false,
  streams: {},
  version: 0,
  newest: null,
};

export interface LogsActions {
  'logs-gathered': Gathered;
  'logs-stream-changed': { readonly change: Partial<StreamState> };
  'logs-toggled': { readonly what: 'all' | 'wrap' | 'timestamps' };
  /** Back to the end; `reload` where the paused view could not keep all lines. */
  'logs-resumed': { readonly reload: boolean };
  'logs-copied': { readonly text: string; readonly what: string };
  'logs-written': { readonly name: string; readonly text: string; readonly lines: number };
}
