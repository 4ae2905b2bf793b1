import type { Problem } from '../registry/problem.ts';
import type { HubView, Outcome, Snapshot, UnitView } from '../supervisor/api.ts';
import type { Level, Overlay, Size, Typing, Undo, ViewId } from './state.ts';
import type { ClientsActions } from './views/clients/state.ts';
import type { LogsActions } from './views/logs/state.ts';
import type { ServersActions } from './views/servers/state.ts';
import type { ToolsActions } from './views/tools/state.ts';
import type { TrafficActions } from './views/traffic/state.ts';

type Nothing = Readonly<Record<never, never>>;
export type ServerVerb = 'start' | 'stop' | 'restart';

/** What can happen to the frame; events in the past tense. */
interface FrameActions {
  resized: Size;
  ticked: { readonly now: number };
  'key-pressed': { readonly at: number };
  interrupted: { readonly at: number };
  'snapshot-taken': { readonly snapshot: Snapshot; readonly at: number };
  'units-changed': { readonly units: readonly UnitView[]; readonly hub?: HubView | undefined; readonly at: number };
  'link-lost': { readonly reason: string; readonly attempt: number };
  told: { readonly level: Level; readonly text: string; readonly server: string | null; readonly at: number };
  focused: { readonly view: ViewId };
  'borderless-toggled': Nothing;
  'overlay-opened': { readonly overlay: Overlay };
  'overlay-changed': { readonly overlay: Overlay };
  'overlay-closed': Nothing;
  'typing-changed': { readonly typing: Typing | null };
  'toasts-dismissed': Nothing;
  'servers-commanded': { readonly verb: ServerVerb; readonly names: readonly string[] };
  'command-answered': {
    readonly work: number;
    readonly verb: ServerVerb;
    readonly outcomes: readonly Outcome[];
    readonly at: number;
  };
  'work-ended': { readonly work: number };
  'work-failed': { readonly work: number; readonly problem: Problem; readonly at: number };
  'reload-asked': Nothing;
  'copy-asked': { readonly text: string; readonly what: string };
  'edit-asked': { readonly name: string };
  'registry-edited': { readonly undo: Undo };
  'undo-asked': Nothing;
  undone: { readonly undo: Undo };
  'redraw-asked': Nothing;
  'suspend-asked': Nothing;
  'leave-asked': { readonly how: 'detach' | 'stop-all' | 'interrupt' };
  'leave-failed': { readonly problem: Problem; readonly at: number };
}

/** Everything that can happen; a new view adds its actions here. */
export interface ActionMap
  extends FrameActions,
    ServersActions,
    LogsActions,
    TrafficActions,
    ToolsActions,
    ClientsActions {}
export type ActionType = keyof ActionMap;
export type Action<T extends ActionType = ActionType> = { [P in T]: { readonly type: P } & ActionMap[P] }[T];
