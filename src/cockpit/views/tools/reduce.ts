import { problemSentence } from '../../../registry/problem.ts';
import type { CallOutcome, ServerTools } from '../../../supervisor/api.ts';
import { openForm } from '../../form/form.ts';
import { inSight } from '../../frame/list.ts';
import { tell } from '../../frame/message.ts';
import { withoutWork, withWork } from '../../frame/work.ts';
import type { State } from '../../state.ts';
import { type Handlers, step } from '../../step.ts';
import { latency } from '../../text/duration.ts';
import { tame } from '../../text/tame.ts';
import { namedTool, toolKey, toolPlaces, toolRows, toolsHeight } from './select.ts';
import type { MadeCall, ToolsActions, ToolsState } from './state.ts';

const change = (state: State, tools: Partial<ToolsState>): State => ({ ...state, tools: { ...state.tools, ...tools } });

const isCallOpen = (state: State): boolean => {
  const overlay = state.overlays.findLast(({ kind }) => kind === 'page');
  return overlay?.kind === 'page' && overlay.topic.type === 'call';
};

export const toolsHandlers: Handlers<keyof ToolsActions> = {
  'tools-listed': (state, { servers }) =>
    step(change(state, { servers: merge(state.tools.servers, servers), isKnown: true, problem: null })),
  'tools-not-listed': (state, { problem }) => step(change(state, { problem })),
  'tools-filtered': (state, { text }) => {
    const filtered = change(state, { filter: text });
    const selected = text === '' ? null : namedTool(filtered);
    return step(selected === null ? filtered : change(filtered, { selected }));
  },
  'tool-selected': (state, { key }) => step(change(state, { selected: key })),
  'tools-accepted': (state, { server }) => step(state, { type: 'accept-tools', server }),
  'tools-changed': (state) => step(change(state, { version: state.tools.version + 1 })),
  'form-filled': (state, { server, tool, args }) => {
    const shown = change(state, { selected: toolKey(server, tool.name), filter: '' });
    const form = openForm(server, tool, args, true);
    return step({ ...shown, focus: 'tools', borderless: false, overlays: [{ kind: 'form', form }] });
  },
  'tool-called': (state, { server, tool, args }) => {
    const begun = withWork(state, `calling ${tame(tool.name, 60)} of ${server}`, null);
    const { work } = begun;
    const call: MadeCall = { work, server, tool, args, startedAt: state.now, outcome: null };
    const { overlays } = state;
    const page = { kind: 'page', topic: { type: 'call' }, top: 0 } as const;
    const next = change(begun.state, { call });
    return step(
      { ...next, overlays: isCallOpen(state) ? [...overlays.slice(0, -1), page] : [...overlays, page] },
      { type: 'call', work, server, tool: tool.name, args },
    );
  },
  'tool-answered': (state, { work, outcome, at }) => {
    const { call } = state.tools;
    const ended = withoutWork(state, work);
    if (call?.work !== work) return step(ended);
    const answered = change(ended, { call: { ...call, outcome } });
    return step(isCallOpen(state) ? answered : tellAnswer(answered, call, outcome, at));
  },
  'call-kept': (state, { kept }) => step(state, { type: 'keep-case', kept }),
};

/** For those who went on to something else. */
function tellAnswer(state: State, { tool }: MadeCall, outcome: CallOutcome, at: number): State {
  const name = tame(tool.name, 60);
  if (!outcome.ok) return tell(state, 'error', `${name}: ${problemSentence(outcome.problem)}`, at);
  const took = latency(outcome.latencyMs);
  return outcome.isError
    ? tell(state, 'warn', `${name} reported an error after ${took}`, at)
    : tell(state, 'info', `${name} answered after ${took}`, at);
}

/** The new lists, with those kept as they are that say the same: rows of thousands of tools are then not made anew. */
function merge(known: readonly ServerTools[], news: readonly ServerTools[]): readonly ServerTools[] {
  const before = new Map(known.map((one) => [one.server, one]));
  const merged = news.map((one) => {
    const old = before.get(one.server);
    return old !== undefined && JSON.stringify(old) === JSON.stringify(one) ? old : one;
  });
  return merged.length === known.length && merged.every((one, index) => one === known[index]) ? known : merged;
}

/** After every action: the selection is a tool that is shown and in sight, and the open form is what it will be next time. */
export function settleTools(state: State): State {
  return withDraft(withSelection(state));
}

function withSelection(state: State): State {
  const { selected, place, top } = state.tools;
  const places = toolPlaces(state);
  const rows = toolRows(state);
  const known = places.get(selected ?? '');
  const row = known === undefined ? nearest(state) : (rows[known] ?? null);
  const key = row?.kind === 'tool' ? row.key : null;
  // While nothing is listed yet, what was chosen stays chosen.
  const wanted = key ?? (state.tools.isKnown ? null : selected);
  const index = Math.max(0, places.get(wanted ?? '') ?? 0);
  // With the first tool of a server, its heading comes into sight.
  const upper = rows[index - 1]?.kind === 'server' ? index - 1 : index;
  const height = toolsHeight(state);
  const first = inSight(inSight(top, upper, height, rows.length), index, height, rows.length);
  if (wanted === selected && index === place && first === top) return state;
  return change(state, { selected: wanted, place: index, top: first });
}

function nearest(state: State) {
  const rows = toolRows(state);
  const { place } = state.tools;
  return (
    rows.slice(place).find(({ kind }) => kind === 'tool') ??
    rows.slice(0, place).findLast(({ kind }) => kind === 'tool') ??
    null
  );
}

function withDraft(state: State): State {
  const overlay = state.overlays.findLast(({ kind }) => kind === 'form');
  if (overlay?.kind !== 'form') return state;
  const { form } = overlay;
  const key = toolKey(form.server, form.tool.name);
  return state.tools.drafts.get(key) === form
    ? state
    : change(state, { drafts: new Map(state.tools.drafts).set(key, form) });
}
