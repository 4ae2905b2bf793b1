import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LogLine } from '../../../src/supervisor/api.ts';
import { openLog } from '../../../src/supervisor/logs/log-file.ts';

const script = fileURLToPath(new URL('writer.mjs', import.meta.url));

export interface Writing {
  readonly total: number;
  /** 0: all at once. */
  readonly perTick?: number;
  readonly tickMs?: number;
  /** The number of the first line. */
  readonly from?: number;
}

/** A process that writes numbered lines straight into a log, as servers do. `done` resolves when it has ended. */
export function startWriter(log: string, { total, perTick = 0, tickMs = 5, from = 0 }: Writing) {
  const args = [script, ...[total, perTick, tickMs, from].map(String)];
  return startInto(log, process.execPath, args);
}

/** Any program with its output straight in a log. */
export function startInto(
  log: string,
  file: string,
  args: readonly string[],
): { readonly child: ChildProcess; readonly done: Promise<unknown> } {
  const opened = openLog(log);
  if (!opened.ok) throw new Error(opened.problem.what);
  const child = spawn(file, args, { stdio: ['ignore', opened.value.fd, opened.value.fd] });
  closeSync(opened.value.fd);
  return { child, done: once(child, 'exit') };
}

/** The numbers of the written lines, in the order of the lines. */
export function numbersOf(lines: readonly LogLine[]): number[] {
  return lines.flatMap(({ kind, plain }) => {
    const found = /^line (\d+) x{80}$/.exec(plain);
    return kind === 'line' && found ? [Number(found[1])] : [];
  });
}

/** The first place where `numbers` is not `from`, `from` + 1 …, in words; null when there is none. */
export function gapIn(numbers: readonly number[], total: number): string | null {
  const at = numbers.findIndex((number, index) => number !== index);
  if (at !== -1) return `line ${numbers[at]} after line ${numbers[at - 1] ?? 'none'}`;
  return numbers.length === total ? null : `${numbers.length} of ${total} lines`;
}
