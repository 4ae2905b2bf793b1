import type { State } from '../../state.ts';
import { ALL_STREAM, initialStream, MARKED_STREAM, type StreamState } from './state.ts';

/** Which log is on screen: all servers' when asked for, else the marked ones', else the selected one's. */
export function streamKey({ logs, servers }: State): string | null {
  if (logs.all) return ALL_STREAM;
  return servers.marked.size > 0 ? MARKED_STREAM : servers.selected;
}

/** The servers whose lines the stream on screen interleaves. */
export function streamServers(state: State): readonly string[] {
  const key = streamKey(state);
  return key === null ? [] : serversOf(state, key);
}

/** The servers of any stream. */
export function serversOf(state: State, key: string): readonly string[] {
  if (key === ALL_STREAM) return state.units.map(({ name }) => name);
  if (key === MARKED_STREAM)
    return state.units.map(({ name }) => name).filter((name) => state.servers.marked.has(name));
  return [key];
}

/** Scroll, search and filter of the stream on screen. */
export function streamState(state: State): StreamState {
  const key = streamKey(state);
  return (key === null ? undefined : state.logs.streams[key]) ?? initialStream;
}
