import type { Problem } from '../registry/problem.ts';
import type { HubView, RegistryView, SupervisorInfo, UnitView } from '../supervisor/api.ts';
import type { Form } from './form/form.ts';
import type { Field } from './keys/field.ts';
import { type ClientsState, initialClients } from './views/clients/state.ts';
import { initialLogs, type LogsState } from './views/logs/state.ts';
import { initialServers, type ServersState } from './views/servers/state.ts';
import { initialTools, type ToolsState } from './views/tools/state.ts';
import { initialTraffic, type TrafficState } from './views/traffic/state.ts';

/** A view's state is its own slice; a new view adds its id and its slice here. */
export interface ViewSlices {
  readonly servers: ServersState;
  readonly logs: LogsState;
  readonly traffic: TrafficState;
  readonly tools: ToolsState;
  readonly clients: ClientsState;
}
export type ViewId = keyof ViewSlices;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What is settled when the cockpit opens. */
export interface Setup {
  readonly version: string;
  readonly mode: 'detached' | 'in-process';
  readonly registryPath: string;
  /** For writing paths as `~/…`. */
  readonly home: string;
  readonly readOnly: boolean;
}

export type Link =
  | { readonly status: 'connecting' }
  | { readonly status: 'live' }
  | { readonly status: 'lost'; readonly reason: string; readonly attempt: number };

export type Level = 'info' | 'warn' | 'error';

export interface Message {
  readonly id: number;
  readonly at: number;
  readonly level: Level;
  readonly server: string | null;
  readonly text: string;
}

export interface Toast {
  readonly message: Message;
  /** When it goes by itself; null: when it is dismissed. */
  readonly until: number | null;
}

/** Something asked of the outside that has not answered yet. */
export interface Work {
  readonly id: number;
  readonly label: string;
  readonly startedAt: number;
  /** How to call it off, for the screen. */
  readonly cancel: string | null;
}

export interface Confirmation {
  readonly title: string;
  /** The consequence, and which objects. */
  readonly text: readonly string[];
  readonly yes: string;
}

export type PickerKind = 'help' | 'palette' | 'commands' | 'messages';

/** What a page is about; a view that has pages adds its topics here. */
export type Topic =
  | { readonly type: 'server'; readonly name: string }
  | { readonly type: 'log-line'; readonly server: string; readonly text: string; readonly at: number | null }
  | { readonly type: 'request'; readonly seq: number }
  | { readonly type: 'call' }
  | { readonly type: 'client'; readonly id: string };

/** What lies over the panes; the last one gets the keys. */
export type Overlay =
  | { readonly kind: 'picker'; readonly picker: PickerKind; readonly field: Field; readonly index: number }
  | { readonly kind: 'confirm'; readonly binding: string; readonly question: Confirmation; readonly yes: boolean }
  | { readonly kind: 'page'; readonly topic: Topic; readonly top: number }
  | { readonly kind: 'form'; readonly form: Form };

/** A prompt of a pane that is being typed into. */
export interface Typing {
  readonly prompt: string;
  readonly field: Field;
  /** The text to go back to. */
  readonly before: string;
}

/** A change of the registry file that `u` takes back. */
export interface Undo {
  readonly label: string;
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export interface State extends ViewSlices {
  readonly setup: Setup;
  /** Moves on only when something on the screen depends on it. Milliseconds since the epoch. */
  readonly now: number;
  readonly lastKeyAt: number;
  readonly lastInterruptAt: number;
  readonly size: Size;
  readonly link: Link;
  readonly supervisor: SupervisorInfo | null;
  readonly registry: RegistryView | null;
  /** Null where no hub runs, or nothing is known yet. */
  readonly hub: HubView | null;
  readonly banners: readonly Problem[];
  /** In registry order. Figures that moved too little to matter are held still. */
  readonly units: readonly UnitView[];
  readonly focus: ViewId;
  /** The focused pane alone, without frame: what the terminal selects is what is in the log. */
  readonly borderless: boolean;
  readonly overlays: readonly Overlay[];
  readonly typing: Typing | null;
  readonly toasts: readonly Toast[];
  /** Newest last. */
  readonly messages: readonly Message[];
  readonly work: readonly Work[];
  readonly undo: readonly Undo[];
  readonly leaving: boolean;
  readonly nextId: number;
}

export function initialState(setup: Setup, size: Size, now: number): State {
  return {
    setup,
    now,
    lastKeyAt: 0,
    lastInterruptAt: 0,
    size,
    link: { status: 'connecting' },
    supervisor: null,
    registry: null,
    hub: null,
    banners: [],
    units: [],
    focus: 'servers',
    borderless: false,
    overlays: [],
    typing: null,
    toasts: [],
    messages: [],
    work: [],
    undo: [],
    leaving: false,
    nextId: 1,
    servers: initialServers,
    logs: initialLogs,
    traffic: initialTraffic,
    tools: initialTools,
    clients: initialClients,
  };
}

/** Where the supervisor lives: what it says of itself, else what was asked for. */
export function modeOf({ supervisor, setup }: State): Setup['mode'] {
  if (supervisor === null) return setup.mode;
  return supervisor.mode === 'in-process' ? 'in-process' : 'detached';
}
