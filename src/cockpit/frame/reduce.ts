import { type Problem, problemSentence } from '../../registry/problem.ts';
import type { ActionMap } from '../action.ts';
import { modeOf, type State } from '../state.ts';
import { type Handlers, step } from '../step.ts';
import { plural } from '../text/quantity.ts';
import type { ClientsActions } from '../views/clients/state.ts';
import type { LogsActions } from '../views/logs/state.ts';
import { unitsByName } from '../views/servers/select.ts';
import { mergeUnits, sameHub, settleUnit } from '../views/servers/settle-units.ts';
import type { ServersActions } from '../views/servers/state.ts';
import type { ToolsActions } from '../views/tools/state.ts';
import type { TrafficActions } from '../views/traffic/state.ts';
import { expireToasts, tell, tellWarnings } from './message.ts';
import { tellOutcomes } from './outcomes.ts';
import { withoutWork, withWork } from './work.ts';

type ViewActions = ServersActions & LogsActions & TrafficActions & ToolsActions & ClientsActions;
type FrameActionType = Exclude<keyof ActionMap, keyof ViewActions>;

/** A second Ctrl-C within this time leaves. */
const INTERRUPT_MS = 2_000;

const fail = (state: State, problem: Problem, at: number): State => tell(state, 'error', problemSentence(problem), at);

export const frameHandlers: Handlers<FrameActionType> = {
  resized: (state, { columns, rows }) => step({ ...state, size: { columns, rows } }),
  ticked: (state, { now }) => step({ ...state, now, toasts: expireToasts(state.toasts, now) }),
  'key-pressed': (state, { at }) => step({ ...state, now: at, lastKeyAt: at, toasts: expireToasts(state.toasts, at) }),
  interrupted: (state, { at }) => {
    if (at - state.lastInterruptAt < INTERRUPT_MS)
      return step({ ...state, leaving: true }, { type: 'leave', how: 'interrupt' });
    const what = modeOf(state) === 'in-process' ? 'quits; stdio servers end' : 'leaves; the servers keep running';
    return step(tell({ ...state, lastInterruptAt: at }, 'info', `Ctrl-C again within 2 seconds ${what}`, at));
  },
  'snapshot-taken': (state, { snapshot: { supervisor, registry, units, hub, banners }, at }) => {
    const known = unitsByName(state.units);
    const settled = units.map((unit) => {
      const shown = known.get(unit.name);
      return shown === undefined ? unit : settleUnit(shown, unit);
    });
    const isBack = state.link.status === 'lost';
    const warned = tellWarnings(state, registry, at);
    const link = { status: 'live' } as const;
    const live: State = { ...warned, now: at, supervisor, registry, hub, banners, units: settled, link };
    return step(isBack ? tell(live, 'info', 'the supervisor is back', at) : live);
  },
  'units-changed': (state, { units, hub: news, at }) => {
    const merged = mergeUnits(state.units, units);
    const hub = news === undefined || sameHub(state.hub, news) ? state.hub : news;
    return step(merged === state.units && hub === state.hub ? state : { ...state, now: at, units: merged, hub });
  },
  'link-lost': (state, { reason, attempt }) => step({ ...state, link: { status: 'lost', reason, attempt } }),
  told: (state, { level, text, server, at }) => step(tell(state, level, text, at, server)),
  focused: (state, { view }) => step({ ...state, focus: view, overlays: [], borderless: false }),
  'borderless-toggled': (state) => step({ ...state, borderless: !state.borderless }),
  'overlay-opened': (state, { overlay }) => step({ ...state, overlays: [...state.overlays, overlay] }),
  'overlay-changed': (state, { overlay }) => step({ ...state, overlays: [...state.overlays.slice(0, -1), overlay] }),
  'overlay-closed': (state) => step({ ...state, overlays: state.overlays.slice(0, -1) }),
  'typing-changed': (state, { typing }) => step({ ...state, typing }),
  'toasts-dismissed': (state) => step({ ...state, toasts: [] }),
  'servers-commanded': (state, { verb, names }) => {
    if (names.length === 0) return step(state);
    const about = names.length === 1 ? names[0] : plural(names.length, 'server');
    const doing = { start: 'starting', stop: 'stopping', restart: 'restarting' }[verb];
    const begun = withWork(state, `${doing} ${about}`, verb === 'stop' ? null : 'S calls it off');
    return step(begun.state, { type: 'command', work: begun.work, verb, names });
  },
  'command-answered': (state, { work, verb, outcomes, at }) =>
    step(tellOutcomes(withoutWork(state, work), verb, outcomes, at)),
  'work-ended': (state, { work }) => step(withoutWork(state, work)),
  'work-failed': (state, { work, problem, at }) => step(fail(withoutWork(state, work), problem, at)),
  'reload-asked': (state) => {
    const begun = withWork(state, 'reading the registry', null);
    return step(begun.state, { type: 'reload', work: begun.work });
  },
  'copy-asked': (state, { text, what }) => step(state, { type: 'copy', text, what }),
  'edit-asked': (state, { name }) =>
    step(state, { type: 'edit', path: state.registry?.path ?? state.setup.registryPath, name }),
  'registry-edited': (state, { undo }) => step({ ...state, undo: [...state.undo, undo] }),
  'undo-asked': (state) => {
    const undo = state.undo.at(-1);
    return undo === undefined ? step(state) : step(state, { type: 'undo', undo });
  },
  undone: (state, { undo }) => step({ ...state, undo: state.undo.filter((other) => other !== undo) }),
  'redraw-asked': (state) => step(state, { type: 'redraw' }),
  'suspend-asked': (state) => step(state, { type: 'suspend' }),
  'leave-asked': (state, { how }) => step({ ...state, leaving: true }, { type: 'leave', how }),
  'leave-failed': (state, { problem, at }) => step(fail({ ...state, leaving: false }, problem, at)),
};
