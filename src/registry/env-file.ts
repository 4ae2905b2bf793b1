import { parse } from 'dotenv';
import type { Problem, Result } from './problem.ts';
import { readTextFile } from './read-text-file.ts';

/** The largest env file that is read, in bytes. */
const ENV_FILE_LIMIT = 1024 * 1024;

/** Reads a `.env` file. Missing, unreadable, too large or malformed: one problem with file and line (F16). */
export function readEnvFile(path: string): Result<Readonly<Record<string, string>>> {
  const file = readTextFile(path, ENV_FILE_LIMIT);
  switch (file.kind) {
    case 'text':
      return parseEnvFile(file.text, path);
    case 'missing':
      return {
        ok: false,
        problem: {
          what: `the env file ${path} does not exist`,
          next: 'create it, or remove "env_file" from the entry',
        },
      };
    case 'problem':
      return { ok: false, problem: file.problem };
  }
}

/**
 * The dialect is dotenv's: `NAME=value`, `export` in front, single, double or back quotes over several lines, `#`
 * comments, `\n` in double quotes. dotenv skips what it does not understand; a server that starts without one of its
 * variables fails later and elsewhere, so here such a line is a problem. Values are taken as they are: `$` is no reference.
 */
export function parseEnvFile(text: string, path: string): Result<Readonly<Record<string, string>>> {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const values: [string, string][] = [];
  for (let start = 0; start < lines.length; start++) {
    const line = lines[start] ?? '';
    if (/^\s*(?:#|$)/.test(line)) continue;
    const end = lastLine(lines, start);
    if (typeof end !== 'number') return { ok: false, problem: { ...end, what: `${path}:${start + 1} ${end.what}` } };
    // One assignment at a time: dotenv's pattern takes quadratic time on a whole file of blank lines.
    const assigned = Object.entries(parse(lines.slice(start, end + 1).join('\n')));
    if (assigned.length !== 1)
      return { ok: false, problem: { ...NO_ASSIGNMENT, what: `${path}:${start + 1} ${NO_ASSIGNMENT.what}` } };
    values.push(...assigned);
    start = end;
  }
  return { ok: true, value: Object.fromEntries(values) };
}

/** The offending text itself is never shown: it may hold a secret. */
const NO_ASSIGNMENT: Problem = {
  what: 'is not of the form NAME=value',
  next: 'mend the line, or begin it with # to skip it',
};

const ASSIGNMENT = /^\s*(?:export\s+)?[\w.-]+(?:\s*=|:\s)\s*(.*)$/;

/** The line on which the assignment that begins at `start` ends, or what is wrong with it. */
function lastLine(lines: readonly string[], start: number): number | Problem {
  const line = lines[start] ?? '';
  if (line.includes('\0')) return { what: 'contains a NUL character', next: 'remove it' };
  const value = ASSIGNMENT.exec(line)?.[1];
  if (value === undefined) return NO_ASSIGNMENT;
  const quote = value[0];
  if (quote !== '"' && quote !== "'" && quote !== '`') return start;
  const rest = value.slice(1);
  if (endsWithQuote(rest, quote)) return start;
  if (unescaped(rest, quote))
    return { what: `has text after the closing ${quote}`, next: 'put the whole value into quotes' };
  for (let index = start + 1; index < lines.length; index++) {
    const text = lines[index] ?? '';
    if (endsWithQuote(text, quote)) return index;
    if (unescaped(text, quote)) break;
  }
  // 'C:\' ends with a quote that looks escaped; dotenv takes it as the end when nothing else is.
  if (rest.trimEnd().endsWith(quote)) return start;
  return { what: `opens a quote ${quote} that is never closed`, next: 'close the quote' };
}

function endsWithQuote(text: string, quote: string): boolean {
  const withoutComment = text.replace(new RegExp(`(${quote}\\s*)#.*$`), '$1').trimEnd();
  return withoutComment.endsWith(quote) && !/(?<!\\)\\$/.test(withoutComment.slice(0, -1));
}

function unescaped(text: string, quote: string): boolean {
  return new RegExp(`(?<!\\\\)${quote}`).test(text);
}
