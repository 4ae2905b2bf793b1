import { spawn } from 'node:child_process';

/** A process that looks like a server of somebody and is none of ours. */
export function innocent(): Disposable & { readonly pid: number } {
  const child = spawn('sleep', ['100000'], { stdio: 'ignore', detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error('sleep cannot be started');
  return {
    pid,
    [Symbol.dispose]: () => {
      child.kill('SIGKILL');
    },
  };
}
