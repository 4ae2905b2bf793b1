import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '../../registry/errno.ts';
import type { Problem, Result } from '../../registry/problem.ts';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** `<runtimeDir>/<server>.log`. The name must already be a valid server name (R25). */
export function logPath(runtimeDir: string, server: string): string {
  return join(runtimeDir, `${server}.log`);
}

/**
 * Opens a log for a child's stdout and stderr, creating it with mode 0600. The caller closes the descriptor.
 *
 * Refuses symbolic links, FIFOs, devices, directories and files of another user; without O_NONBLOCK a planted FIFO
 * would hang the event loop for ever (R17). Wider permissions of our own file are narrowed to 0600.
 */
export function openLog(path: string): Result<{ readonly fd: number }> {
  return openChecked(path, O_WRONLY | O_CREAT | O_APPEND, { ownOnly: true });
}

/** Opens a log for reading; refuses everything but a regular file. A missing file is a problem too. */
export function openLogForReading(path: string): Result<{ readonly fd: number }> {
  return openChecked(path, O_RDONLY, { ownOnly: false });
}

/** Opens an existing log of ours for reading and cutting. */
export function openLogForCutting(path: string): Result<{ readonly fd: number }> {
  return openChecked(path, O_RDWR, { ownOnly: true });
}

/**
 * Appends `--- 2025-11-22 10:32:07 text ---` (local time) as one write, so that it never mixes with the lines of a
 * running server. Starts on a line of its own even after output that ended without a newline.
 */
export function appendMark(path: string, text: string, at: Date = new Date()): Result<null> {
  return appendMarks(path, [text], at);
}

/** Several marks of the same moment. */
export function appendMarks(path: string, texts: readonly string[], at: Date = new Date()): Result<null> {
  const opened = openLog(path);
  if (!opened.ok) return opened;
  const { fd } = opened.value;
  try {
    const time = localTime(at);
    const marks = texts.map((text) => `--- ${time} ${text.replace(/\s+/g, ' ').trim()} ---\n`).join('');
    writeSync(fd, endsInsideLine(path, fd) ? `\n${marks}` : marks);
    return { ok: true, value: null };
  } catch (error) {
    return { ok: false, problem: unusable(path, errnoCode(error)) };
  } finally {
    closeSync(fd);
  }
}

/**
 * Tells whether a running process still writes to the log at `path`: deleting or replacing the file leaves it writing
 * to an inode nobody sees (F49). Null when all is well, or when the process cannot be looked into.
 */
export function lostLog(path: string, pid: number): Problem | null {
  let held: Stats;
  try {
    held = statSync(`/proc/${pid}/fd/1`);
  } catch {
    return null;
  }
  if (!held.isFile()) return null;
  const visible = statSync(path, { throwIfNoEntry: false });
  if (visible?.ino === held.ino && visible.dev === held.dev) return null;
  return {
    what: 'log inode lost',
    why: `${path} was ${visible ? 'replaced' : 'deleted'} while the server writes to the old file`,
    holder: `pid ${pid}`,
    next: `read it with: tail -f /proc/${pid}/fd/1; a restart of the server makes a new log`,
  };
}

function openChecked(path: string, flags: number, { ownOnly }: { ownOnly: boolean }): Result<{ readonly fd: number }> {
  let fd: number;
  try {
    fd = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (error) {
    return { ok: false, problem: unusable(path, errnoCode(error)) };
  }
  const problem = objection(path, fd, ownOnly);
  if (problem === null) return { ok: true, value: { fd } };
  closeSync(fd);
  return { ok: false, problem };
}

function objection(path: string, fd: number, ownOnly: boolean): Problem | null {
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return unusable(path, 'ENXIO');
    if (!ownOnly) return null;
    const uid = process.getuid?.() ?? stats.uid;
    if (stats.uid !== uid) {
      return {
        what: `log ${path} belongs to another user`,
        holder: `uid ${stats.uid}`,
        next: 'move the file away; a new one is made on the next start',
      };
    }
    if ((stats.mode & 0o077) !== 0) fchmodSync(fd, 0o600);
    return null;
  } catch (error) {
    return unusable(path, errnoCode(error));
  }
}

const REASONS: Readonly<Record<string, { readonly why: string; readonly next: string }>> = {
  ELOOP: { why: 'it is a symbolic link', next: 'remove the link; logs are never written through one' },
  ENXIO: { why: 'it is not a regular file', next: 'move it away; a new log is made on the next start' },
  EISDIR: { why: 'it is a directory', next: 'move it away; a new log is made on the next start' },
  ENOENT: { why: 'it does not exist', next: 'start the server, or create the runtime directory' },
  EACCES: { why: 'permission denied', next: 'make the runtime directory yours, with mode 0700' },
  EROFS: { why: 'the file system is read-only', next: 'set MCP_RUNTIME_DIR to a writable directory' },
  ENOSPC: { why: 'no space left on the device', next: 'free some space; it goes on by itself' },
};

function unusable(path: string, code: string): Problem {
  const reason = REASONS[code];
  return { what: `cannot use the log ${path}`, why: reason?.why ?? code, ...(reason ? { next: reason.next } : {}) };
}

/** A server that is just writing may be seen in the middle of a line: that does not count. */
function endsInsideLine(path: string, fd: number): boolean {
  const { size } = fstatSync(fd);
  if (size === 0) return false;
  const opened = openLogForReading(path);
  if (!opened.ok) return false;
  const last = Buffer.alloc(1);
  try {
    readSync(opened.value.fd, last, 0, 1, size - 1);
    return last[0] !== 0x0a && fstatSync(fd).size === size;
  } finally {
    closeSync(opened.value.fd);
  }
}

function localTime(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
