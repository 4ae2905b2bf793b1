import type { LogLine } from '../api.ts';
import { type StatedLevel, statedLevel } from './level.ts';
import { LineSplitter } from './line-splitter.ts';
import type { LogStream } from './log-stream.ts';
import { sanitizeLine } from './sanitize.ts';
import { type TimeIndex, timeAt } from './time-index.ts';

const BLOCK_BYTES = 64 * 1024;
/** A traceback longer than this is not one. */
const MAX_INHERITING = 5000;

interface Draft {
  readonly line: Omit<LogLine, 'seq' | 'level'>;
  readonly stated: StatedLevel;
}

/**
 * The lines of `[from, to)` in blocks, the last block first, each in its own order. A line that takes its level from the
 * one before it waits until that one was read.
 */
export function* linesBackwards(
  stream: LogStream,
  index: TimeIndex,
  from: number,
  to: number,
): Generator<readonly Omit<LogLine, 'seq'>[]> {
  const first = stream.lineStartAfter(from);
  let end = to;
  let waiting: readonly Draft[] = [];
  while (end > first) {
    const start = Math.max(first, blockStart(stream, end));
    const drafts = [...read(stream, index, start, end), ...waiting];
    const heads = drafts.findIndex(({ stated }) => stated !== 'inherit');
    const resolvable = start === first || drafts.length > MAX_INHERITING ? 0 : heads === -1 ? drafts.length : heads;
    waiting = drafts.slice(0, resolvable);
    yield withLevels(drafts.slice(resolvable));
    end = start;
  }
}

/** Where the lines begin that make up about a block before `end`; a longer line is a block of its own. */
function blockStart(stream: LogStream, end: number): number {
  const start = stream.lineStartAfter(end - BLOCK_BYTES);
  return start < end ? start : stream.lineStart(end - 1);
}

function read(stream: LogStream, index: TimeIndex, from: number, to: number): readonly Draft[] {
  const drafts: Draft[] = [];
  const splitter = new LineSplitter(from, (raw, start) => {
    const { text, plain } = sanitizeLine(raw);
    drafts.push({ line: { text, plain, at: timeAt(index, start), kind: 'line' }, stated: statedLevel(plain) });
  });
  stream.feed(splitter, from, to, 0);
  splitter.end();
  return drafts;
}

function withLevels(drafts: readonly Draft[]): readonly Omit<LogLine, 'seq'>[] {
  let previous: LogLine['level'] = null;
  return drafts.map(({ line, stated }) => {
    previous = stated === 'inherit' ? previous : stated;
    return { ...line, level: previous };
  });
}
