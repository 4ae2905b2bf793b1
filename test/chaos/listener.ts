import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readStat } from '../../src/supervisor/process/identity.ts';
import { endChild } from './child.ts';

const SIGNALS = 'HUP INT QUIT TERM CONT USR1 USR2';

/** An innocent process, leader of its own group, that remembers every signal it gets. */
export interface Listener extends AsyncDisposable {
  readonly pid: number;
  readonly startTicks: number;
  /** The signals so far, by name. What was sent before this call is in it. */
  heard(): Promise<readonly string[]>;
}

export async function listener(): Promise<Listener> {
  const traps = SIGNALS.split(' ').map((name) => `trap 'echo ${name}' ${name}`);
  // `read` is interrupted by a signal with a trap; an answer to each line shows that all traps before it have run.
  const script = `${traps.join('\n')}\necho ready\nwhile :; do read line && echo "$line"; done`;
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'], detached: true, env: {} });
  const lines = createInterface({ input: child.stdout });
  const said: string[] = [];
  const waiting = new Map<string, () => void>();
  lines.on('line', (line) => {
    const wake = waiting.get(line);
    if (wake) wake();
    else said.push(line);
  });
  const until = (line: string) => new Promise<void>((resolve) => waiting.set(line, resolve));
  const ready = until('ready');
  await ready;
  const { pid } = child;
  if (pid === undefined) throw new Error('sh cannot be started');
  return {
    pid,
    startTicks: readStat(pid)?.startTicks ?? 0,
    heard: async () => {
      const answered = until('listening');
      child.stdin.write('listening\n');
      await answered;
      return said;
    },
    [Symbol.asyncDispose]: () => endChild(child),
  };
}
