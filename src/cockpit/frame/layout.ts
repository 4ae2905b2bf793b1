import type { State, ViewId } from '../state.ts';
import { tableRows } from '../views/servers/rows.ts';

/** Below this there is a one-line notice, and nothing else. */
const LEAST = { columns: 40, rows: 8 } as const;
/** Below this one pane at a time, without frame. */
const SPLIT = { columns: 60, rows: 15 } as const;
const LEAST_LOG_ROWS = 6;
/** The table's share of the panes when it has more rows than fit. */
const TABLE_SHARE = 2 / 3;

/** The two views of the home screen, upper and lower; every other view has the frame to itself. */
export const HOME: readonly [ViewId, ViewId] = ['servers', 'logs'];

export interface PaneBox {
  readonly view: ViewId;
  /** Rows and columns for content: title rule and frame are outside of it. */
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly kind: 'notice' | 'single' | 'framed' | 'borderless';
  readonly banners: number;
  readonly panes: readonly PaneBox[];
}

function bannerRows(state: State): number {
  const lost = state.link.status === 'lost' ? 1 : 0;
  const problems = state.banners.length + (state.hub?.problems.length ?? 0) + (state.registry?.problems.length ? 1 : 0);
  return Math.min(lost + problems, state.size.rows >= 20 ? 3 : 1);
}

/** Where everything stands; a pure function of the size and of how many servers there are. */
export function layout(state: State): Layout {
  const { columns, rows } = state.size;
  const view = state.focus;
  if (columns < LEAST.columns || rows < LEAST.rows) return { kind: 'notice', banners: 0, panes: [] };
  if (state.borderless) return { kind: 'borderless', banners: 0, panes: [{ view, width: columns, height: rows - 1 }] };
  const banners = bannerRows(state);
  if (columns < SPLIT.columns || rows < SPLIT.rows) {
    // Header, title, footer.
    return { kind: 'single', banners, panes: [{ view, width: columns, height: rows - 3 - banners }] };
  }
  const width = columns - 2;
  // Header, upper rule, lower rule, footer.
  const room = rows - 4 - banners;
  if (!HOME.includes(view)) return { kind: 'framed', banners, panes: [{ view, width, height: room }] };
  // The rule between the panes.
  const both = room - 1;
  const wanted = 1 + Math.max(3, tableRows(state).length);
  const upper = Math.min(
    wanted,
    Math.max(both - LEAST_LOG_ROWS - 8, Math.floor(both * TABLE_SHARE)),
    both - LEAST_LOG_ROWS,
  );
  return {
    kind: 'framed',
    banners,
    panes: [
      { view: HOME[0], width, height: upper },
      { view: HOME[1], width, height: both - upper },
    ],
  };
}

/** Content size of a view's pane; of the whole frame where it is not on screen now. */
export function paneOf(state: State, view: ViewId): PaneBox {
  const found = layout(state).panes.find((pane) => pane.view === view);
  return found ?? { view, width: state.size.columns, height: Math.max(1, state.size.rows - 3) };
}

/** Content size of a page: all panes together. */
export function pageBox(state: State): { readonly width: number; readonly height: number } {
  const { kind, banners } = layout(state);
  const { columns, rows } = state.size;
  if (kind === 'framed') return { width: columns - 2, height: rows - 4 - banners };
  return { width: columns, height: Math.max(1, rows - 3 - banners) };
}
