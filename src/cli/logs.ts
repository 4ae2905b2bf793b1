import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Paths } from '../registry/paths.ts';
import { readRegistryFile } from '../registry/read-registry.ts';
import { SERVER_NAME_PATTERN } from '../registry/server-name.ts';
import type { LogLevel, LogLine } from '../supervisor/api.ts';
import { logPath } from '../supervisor/logs/log-file.ts';
import { FileLogReader, readLog } from '../supervisor/logs/tail.ts';
import { wrongUse } from './command-error.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { grepPattern, interleave, type LineFilter, linesSince, type NamedLine, passes } from './log-filter.ts';
import { logFormat } from './log-format.ts';
import { namesInRegistry } from './registry-names.ts';

export interface LogFlags {
  readonly lines?: number;
  /** Undefined: on a terminal only. */
  readonly follow?: boolean;
  readonly grep?: string;
  /** Milliseconds. */
  readonly since?: number;
  readonly level?: LogLevel;
  readonly timestamps?: boolean;
}

const DEFAULT_LINES = 200;
/** After so long the first lines of every log have come, when there are any: several looks of the tail (milliseconds). */
const FIRST_LINES_MS = 250;
/** What was written before has been seen after so long. */
const LAST_LINES_MS = 250;

/** `mcp NAME… logs`: reads the files directly, so that it works whatever the supervisor does. */
export async function logs(context: Context, words: readonly string[], flags: LogFlags): Promise<ExitCode> {
  const names = logNames(context, words);
  const filter: LineFilter = {
    grep: flags.grep === undefined ? null : pattern(flags.grep),
    level: flags.level ?? null,
    sinceMs: flags.since === undefined ? null : Date.now() - flags.since,
  };
  const lines = flags.lines ?? (filter.sinceMs === null ? DEFAULT_LINES : Number.POSITIVE_INFINITY);
  const timestamps = flags.timestamps ?? false;
  if (!(flags.follow ?? context.io.stdout.isTTY === true)) {
    await printPast(context, names, { lines, filter, timestamps });
    return EXIT.done;
  }
  followLogs(context, names, { lines, filter, timestamps });
  // Ctrl-C ends it, as it ends tail -f.
  return new Promise(() => {});
}

export interface LogView {
  /** How many of the last lines of each log that pass the filter; what comes later is always shown. */
  readonly lines: number;
  readonly filter?: LineFilter;
  readonly timestamps?: boolean;
}

const EVERYTHING: LineFilter = { grep: null, level: null, sinceMs: null };

/**
 * Prints the last lines of logs and whatever is appended, until the returned function is called, which still
 * prints what was written before. With a filter, the last
 * 4 MB of each log are searched for past lines.
 */
export function followLogs(context: Context, names: readonly string[], view: LogView): () => Promise<void> {
  const { lines, filter = EVERYTHING } = view;
  const print = printer(context, names, view);
  const isFiltered = (filter.grep ?? filter.level ?? filter.sinceMs) !== null;
  const reader = new FileLogReader(context.paths.runtimeDir);

  // The first batch of each log is its past. All of them are put in order before the first line is shown.
  const past = new Map<string, readonly LogLine[]>();
  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true;
    clearTimeout(timer);
    for (const line of interleave(past)) print(line);
  };
  const timer = setTimeout(begin, FIRST_LINES_MS);
  const show = (server: string, batch: readonly LogLine[]) => {
    if (begun) for (const line of batch) print({ server, line });
    else past.set(server, [...(past.get(server) ?? []), ...batch]);
  };
  const tails = names.map((server) => {
    let isFirst = true;
    return reader.tail(server, { lines: isFiltered ? Number.MAX_SAFE_INTEGER : lines }, (batch) => {
      const passing = (isFirst ? linesSince(batch, filter.sinceMs) : batch).filter((line) => passes(line, filter));
      show(server, isFirst && isFiltered ? passing.slice(-lines) : passing);
      isFirst = false;
      if (past.size === names.length) begin();
    });
  });
  return async () => {
    await sleep(LAST_LINES_MS);
    begin();
    for (const tail of tails) tail.close();
  };
}

/** `mcp logs --no-follow`: what is there now, the whole log searched. */
async function printPast(context: Context, names: readonly string[], view: LogView): Promise<void> {
  const { filter = EVERYTHING, lines } = view;
  const past = new Map<string, readonly LogLine[]>();
  for (const server of names) {
    past.set(
      server,
      await readLog(logPath(context.paths.runtimeDir, server), {
        ...(Number.isFinite(lines) ? { lines } : {}),
        ...(filter.sinceMs === null ? {} : { sinceMs: filter.sinceMs }),
        ...(filter.grep === null ? {} : { grep: filter.grep }),
        ...(filter.level === null ? {} : { level: filter.level }),
      }),
    );
  }
  const print = printer(context, names, view);
  for (const line of interleave(past)) print(line);
}

function printer(context: Context, names: readonly string[], { timestamps = false }: LogView) {
  const { json, paint, print } = context;
  const colours = paint('x', 'error') !== 'x';
  const format = logFormat(names, { json, timestamps, paint, colours });
  return (line: NamedLine) => {
    if (!(json && line.line.kind === 'mark')) print(format(line));
  };
}

/** Servers by the registry, and those that are gone from it but left a log. */
function logNames({ paths }: Context, words: readonly string[]): string[] {
  const { entries } = readRegistryFile(paths.registryFile);
  const known = new Set(['all', ...entries.map(({ name }) => name)]);
  const left = words.filter((word) => !known.has(word) && SERVER_NAME_PATTERN.test(word) && hasLog(paths, word));
  return namesInRegistry(paths, words, left);
}

function hasLog({ runtimeDir }: Paths, name: string): boolean {
  return existsSync(logPath(runtimeDir, name));
}

function pattern(text: string): RegExp {
  const regex = grepPattern(text);
  if (regex === null)
    throw wrongUse(
      `--grep ${text}: not a regular expression`,
      'put a backslash before the characters ( [ { + * ? to mean them as they are',
    );
  return regex;
}
