import type { State } from '../../state.ts';
import { type Handlers, step } from '../../step.ts';
import { initialStream, type LogsActions, type LogsState, type StreamState } from './state.ts';
import { serversOf, streamKey, streamServers } from './stream.ts';

const change = (state: State, logs: Partial<LogsState>): State => ({ ...state, logs: { ...state.logs, ...logs } });

function changeStream(state: State, key: string | null, stream: Partial<StreamState>): State {
  if (key === null) return state;
  const now = state.logs.streams[key] ?? initialStream;
  return change(state, { streams: { ...state.logs.streams, [key]: { ...now, ...stream } } });
}

function countOf(servers: readonly string[], counts: ReadonlyMap<string, number>): number {
  return servers.reduce((sum, server) => sum + (counts.get(server) ?? 0), 0);
}

/** News of paused streams, and of the one on screen while another pane has the focus. */
function withNews(state: State, lines: ReadonlyMap<string, number>, errors: ReadonlyMap<string, number>): State {
  const shown = streamKey(state);
  const keys = new Set([...Object.keys(state.logs.streams), ...(shown === null ? [] : [shown])]);
  let next = state;
  for (const key of keys) {
    const stream = state.logs.streams[key] ?? initialStream;
    const servers = serversOf(state, key);
    const isWatched = key === shown && state.focus === 'logs' && stream.follow;
    const fresh = stream.fresh + (stream.follow ? 0 : countOf(servers, lines));
    const freshErrors = isWatched ? 0 : stream.freshErrors + countOf(servers, errors);
    if (fresh !== stream.fresh || freshErrors !== stream.freshErrors)
      next = changeStream(next, key, { fresh, freshErrors });
  }
  return next;
}

export const logsHandlers: Handlers<keyof LogsActions> = {
  'logs-gathered': (state, { lines, errors, newest }) =>
    step(withNews(change(state, { version: state.logs.version + 1, newest }), lines, errors)),
  'logs-stream-changed': (state, { change: stream }) => step(changeStream(state, streamKey(state), stream)),
  'logs-toggled': (state, { what }) => step(change(state, { [what]: !state.logs[what] })),
  'logs-resumed': (state, { reload }) => {
    const following = { follow: true, cursor: null, top: null, fresh: 0, freshErrors: 0 };
    const next = changeStream(state, streamKey(state), following);
    return reload ? step(next, { type: 'reload-logs', servers: streamServers(state) }) : step(next);
  },
  'logs-copied': (state, { text, what }) => step(state, { type: 'copy', text, what }),
  'logs-written': (state, { name, text, lines }) => step(state, { type: 'write-log', name, text, lines }),
};

/** Looking at the end of a log means having seen its errors. */
export function settleLogs(state: State): State {
  const key = streamKey(state);
  const stream = key === null ? undefined : state.logs.streams[key];
  if (stream === undefined || state.focus !== 'logs' || !stream.follow || stream.freshErrors === 0) return state;
  return changeStream(state, key, { freshErrors: 0 });
}
