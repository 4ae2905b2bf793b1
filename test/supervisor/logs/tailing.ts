import { onTestFinished } from 'vitest';
import type { LogLine, LogTail } from '../../../src/supervisor/api.ts';
import { FileLogReader } from '../../../src/supervisor/logs/tail.ts';
import { waitFor } from '../../helpers/wait.ts';

/** A tail and everything it said. */
export interface Tailing extends LogTail {
  readonly lines: LogLine[];
  readonly batches: number;
  texts(): string[];
  marks(): string[];
  /** Waits for a line with this text. */
  shows(text: string): Promise<LogLine>;
}

export function startTail(runtimeDir: string, { lines = 200 }: { readonly lines?: number } = {}): Tailing {
  const seen: LogLine[] = [];
  let batches = 0;
  const tail = new FileLogReader(runtimeDir).tail('a', { lines }, (batch) => {
    batches++;
    seen.push(...batch);
  });
  onTestFinished(() => tail.close());
  return {
    lines: seen,
    get batches() {
      return batches;
    },
    close: () => tail.close(),
    texts: () => seen.filter(({ kind }) => kind === 'line').map(({ plain }) => plain),
    marks: () => seen.filter(({ kind }) => kind === 'mark').map(({ plain }) => plain),
    shows: (text) => waitFor(`the line ${text}`, () => seen.find(({ plain }) => plain.includes(text))),
  };
}
