import { problemSentence } from '../../registry/problem.ts';
import type { RegistryView } from '../../supervisor/api.ts';
import type { Level, Message, State, Toast } from '../state.ts';

const SHOWN_MS = 5_000;
const KEPT = 500;

/** Adds a message to the history and shows it: for five seconds, an error until it is dismissed. */
export function tell(state: State, level: Level, text: string, at: number, server: string | null = null): State {
  const message: Message = { id: state.nextId, at, level, server, text };
  const toast: Toast = { message, until: level === 'error' ? null : at + SHOWN_MS };
  // A newer one of the same text replaces the old one instead of queueing behind it.
  const others = state.toasts.filter(({ message: old }) => old.text !== text);
  return {
    ...state,
    nextId: state.nextId + 1,
    messages: [...state.messages, message].slice(-KEPT),
    toasts: [...others, toast],
  };
}

/** Tells what is odd about the registry, once as long as it does not change. */
export function tellWarnings(state: State, { warnings }: RegistryView, at: number): State {
  const known = new Set(state.registry?.warnings.map(problemSentence));
  const news = warnings.map(problemSentence).filter((text) => !known.has(text));
  return news.reduce((told, text) => tell(told, 'warn', text, at), state);
}

/** Without the toasts whose time is over. */
export function expireToasts(toasts: readonly Toast[], now: number): readonly Toast[] {
  return toasts.some(({ until }) => until !== null && until <= now)
    ? toasts.filter(({ until }) => until === null || until > now)
    : toasts;
}

/** The toast on screen: the newest; an error that is still there comes back when those after it have gone. */
export function shownToast({ toasts }: State): Toast | null {
  return toasts.at(-1) ?? null;
}
