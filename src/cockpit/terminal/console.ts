import { format } from 'node:util';

type Tell = (level: 'info' | 'warn' | 'error', text: string) => void;

const METHODS = { log: 'info', info: 'info', debug: 'info', warn: 'warn', error: 'error' } as const;

/**
 * Sends what code prints with `console`, and Node's own warnings, to the message history instead of into the picture, until the
 * returned function is called.
 */
export function captureConsole(tell: Tell): () => void {
  const originals = { ...console };
  for (const [method, level] of Object.entries(METHODS)) {
    Reflect.set(console, method, (...args: unknown[]) => tell(level, format(...args)));
  }
  const listeners = process.listeners('warning');
  const onWarning = (warning: Error): void => tell('warn', `${warning.name}: ${warning.message}`);
  process.removeAllListeners('warning');
  process.on('warning', onWarning);
  return () => {
    for (const method of Object.keys(METHODS)) Reflect.set(console, method, Reflect.get(originals, method));
    process.off('warning', onWarning);
    for (const listener of listeners) process.on('warning', listener);
  };
}
