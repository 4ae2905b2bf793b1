import type { Action } from './action.ts';
import type { Binding, World } from './binding.ts';
import type { PaneBox } from './frame/layout.ts';
import type { Key } from './keys/key.ts';
import type { LogLines } from './logs/log-lines.ts';
import type { State, Topic, ViewId } from './state.ts';
import type { Line } from './text/line.ts';
import type { Glyphs } from './theme/glyphs.ts';

/** What drawing may look at besides the state. */
export interface DrawContext {
  readonly glyphs: Glyphs;
  readonly lines: LogLines;
}

/** A way to move in a list or text; every view gives it a meaning. */
export const MOTIONS = ['up', 'down', 'page-up', 'page-down', 'half-up', 'half-down', 'first', 'last'] as const;
export type Motion = (typeof MOTIONS)[number];

/** A line of text that a view asks for at the bottom of its pane. */
export interface Prompt {
  readonly id: string;
  readonly label: (state: State) => string;
  readonly hint: string;
  /** Called with each edit. */
  readonly typed: (text: string, state: State) => readonly Action[];
  /** What Tab does meanwhile. */
  readonly tab?: (state: State) => readonly Action[];
}

/** Rows for a page (the detail of something), at `width` columns. */
export type DrawPage = (topic: Topic, state: State, context: DrawContext, width: number) => readonly Line[];

export interface PageView {
  readonly title: (topic: Topic, state: State) => string;
  readonly draw: DrawPage;
}

/** One of the numbered views: a folder under `views/`, and a line in `views.ts`. */
export interface View {
  readonly id: ViewId;
  readonly key: Key;
  readonly name: string;
  /** The two ends of the rule above the pane, number and name aside. */
  readonly title: (
    state: State,
    context: DrawContext,
    focused: boolean,
  ) => { readonly left: Line; readonly right: Line };
  /** At most `box.height` rows of at most `box.width` columns. */
  readonly draw: (state: State, context: DrawContext, box: PaneBox, focused: boolean) => readonly Line[];
  readonly move: (state: State, world: World, motion: Motion) => readonly Action[];
  readonly bindings: readonly Binding[];
  readonly prompts: readonly Prompt[];
  /** What Esc takes back in this view (a filter, marks); empty when there is nothing. */
  readonly back: (state: State) => readonly Action[];
  /** The selected row in words, for a screen reader; the home screen's panes have more to say, and say it themselves. */
  readonly spoken?: (state: State) => string | null;
  readonly pages: Partial<Readonly<Record<Topic['type'], PageView>>>;
}
