import type { Problem } from '../../../registry/problem.ts';
import type { CallOutcome, ServerTools, ToolView } from '../../../supervisor/api.ts';
import type { CallCase } from '../../calls/suite.ts';
import type { Form } from '../../form/form.ts';
import type { Args } from '../../form/values.ts';

/** A call made from here: the newest one is kept. */
export interface MadeCall {
  readonly work: number;
  readonly server: string;
  readonly tool: ToolView;
  readonly args: Args;
  readonly startedAt: number;
  /** Null until it is answered. */
  readonly outcome: CallOutcome | null;
}

export interface ToolsState {
  readonly servers: readonly ServerTools[];
  readonly isKnown: boolean;
  readonly problem: Problem | null;
  /** What is typed after `/`: every word must be found. */
  readonly filter: string;
  /** Key of the selected tool; null where there is none. */
  readonly selected: string | null;
  /** Place among all rows of the selected tool, for when it is gone. */
  readonly place: number;
  /** Row (a server's heading is one) that stands first in the pane. */
  readonly top: number;
  /** Forms as they were left, by key of the tool; kept until the cockpit is left. */
  readonly drafts: ReadonlyMap<string, Form>;
  readonly call: MadeCall | null;
  /** Rises when lists must be asked for again. */
  readonly version: number;
}

export const initialTools: ToolsState = {
  servers: [],
  isKnown: false,
  problem: null,
  filter: '',
  selected: null,
  place: 0,
  top: 0,
  drafts: new Map(),
  call: null,
  version: 0,
};

export interface ToolsActions {
  'tools-listed': { readonly servers: readonly ServerTools[] };
  'tools-not-listed': { readonly problem: Problem };
  'tools-filtered': { readonly text: string };
  'tool-selected': { readonly key: string };
  'tools-accepted': { readonly server: string };
  /** The definitions were accepted: the lists are to be asked for again. */
  'tools-changed': Readonly<Record<never, never>>;
  /** A form with the arguments of a call that was made before. */
  'form-filled': { readonly server: string; readonly tool: ToolView; readonly args: Args };
  'tool-called': { readonly server: string; readonly tool: ToolView; readonly args: Args };
  'tool-answered': { readonly work: number; readonly outcome: CallOutcome; readonly at: number };
  'call-kept': { readonly kept: CallCase };
}
