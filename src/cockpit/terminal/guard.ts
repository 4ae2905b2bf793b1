import { constants } from 'node:os';
import type { Verdict } from '../runtime/port.ts';

/** The part of `process` that is watched; a test brings its own. */
export interface Host {
  on(event: string, listener: (...args: readonly unknown[]) => void): unknown;
  off(event: string, listener: (...args: readonly unknown[]) => void): unknown;
}

const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const;
const ERRORS = ['uncaughtException', 'unhandledRejection'] as const;

/** What is printed of an error nobody caught: its stack, as it is ours to mend. */
export function crashWords(error: unknown): readonly string[] {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return ['The cockpit failed; servers and supervisor are not touched by that.', ...text.split('\n')];
}

/**
 * Watches for every way out that is not a key, until the returned function is called: signals (exit code 128 + number, as shells
 * have it) and errors nobody caught. With own listeners Node does not die by itself: `leave` must lead to the end.
 */
export function guard(host: Host, leave: (verdict: Verdict, cause: string) => void): () => void {
  const watched: (readonly [string, (...args: readonly unknown[]) => void])[] = [
    ...SIGNALS.map((signal) => {
      const listener = (): void => leave({ exitCode: 128 + constants.signals[signal], afterword: [] }, signal);
      return [signal, listener] as const;
    }),
    ...ERRORS.map((name) => {
      const listener = (error: unknown): void => leave({ exitCode: 1, afterword: crashWords(error) }, name);
      return [name, listener] as const;
    }),
  ];
  for (const [name, listener] of watched) host.on(name, listener);
  return () => {
    for (const [name, listener] of watched) host.off(name, listener);
  };
}
