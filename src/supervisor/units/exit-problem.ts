import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { maskText } from '../../registry/mask.ts';
import type { Problem } from '../../registry/problem.ts';
import type { ExitView } from '../api.ts';
import { sanitizeLine } from '../logs/sanitize.ts';

const TAIL_BYTES = 16_384;
const LONGEST = 200;

/** An unrequested exit as a problem: how it ended, and the last telling line it wrote. */
export function exitProblem(exit: ExitView, logPath: string, secrets: readonly string[], server: string): Problem {
  const said = tellingLine(lastLines(logPath));
  return {
    what: exit.text,
    ...(said ? { why: maskText(said, secrets) } : {}),
    next: `mcp ${server} logs`,
  };
}

/** What the shell around the server says of its death by a signal: the exit tells that already. */
const SHELL_NOTICE =
  /^(?:\S+: line \d+: +\d+ )?(?:Segmentation fault|Aborted|Killed|Terminated|Bus error)(?: +\(core dumped\))?(?:$| {2,}\S)/;

/** The line that most likely names the cause: the last one that speaks of an error, else the last one at all. */
export function tellingLine(lines: readonly string[]): string | null {
  const spoken = lines
    .map((line) => sanitizeLine(line).plain.trim())
    .filter((line) => line !== '' && !line.startsWith('--- ') && !SHELL_NOTICE.test(line));
  const error = spoken.findLast(
    (line) =>
      /\b(\w*Error|\w*Exception|error|fatal|panic|cannot|not found|denied|refused|EADDRINUSE|ENOENT)\b/i.test(line) &&
      !/^at\s/.test(line),
  );
  const line = error ?? spoken.at(-1) ?? null;
  return line === null ? null : line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** As `UnitProcess` writes it before a launch: whatever follows is of this run. */
const START_MARK = /^--- .* starting ---$/;

/** Lines since the last start, from the end of the log. */
function lastLines(path: string): string[] {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(fd, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer.toString('utf8').split('\n');
    return lines.slice(lines.findLastIndex((line) => START_MARK.test(line)) + 1);
  } catch {
    return [];
  } finally {
    closeSync(fd);
  }
}
