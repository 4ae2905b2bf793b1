import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureDirectory } from './ensure-directory.ts';
import { errnoCode, errnoText } from './errno.ts';
import { ProblemError } from './problem.ts';

/**
 * The bearer token that guards every MCP endpoint of this user on this machine: other users of a shared box can reach
 * 127.0.0.1 too. It lives in one file that only its owner may read; whoever needs it first creates it.
 */
const FILE_NAME = 'hub-token';

/** 256 bits, written as 64 hexadecimal digits. */
const TOKEN_BYTES = 32;

/** What a hand-written token must look like: usable in a header, and too long to guess. */
const USABLE_TOKEN = /^[\x21-\x7e]{32,512}$/;

/** Where the token of a runtime directory stands. */
export function hubTokenPath(runtimeDir: string): string {
  return join(runtimeDir, FILE_NAME);
}

/**
 * The token of a runtime directory; what is missing is created, the directory included (0700).
 *
 * @throws ProblemError as {@link ensureTokenFile}, and when the directory is refused
 */
export function ensureHubToken(runtimeDir: string): string {
  const directory = ensureDirectory(runtimeDir);
  if (!directory.ok) throw new ProblemError(directory.problem);
  return ensureTokenFile(hubTokenPath(directory.value));
}

/**
 * The token of a runtime directory, null when there is none yet.
 *
 * @throws ProblemError as {@link readTokenFile}
 */
export function readHubToken(runtimeDir: string): string | null {
  return readTokenFile(hubTokenPath(runtimeDir));
}

/**
 * The token in `file`; a missing file is created (0600, its directory 0700). Several processes that race get the same
 * token: it is written elsewhere in full and then linked into place, which only one of them can do.
 *
 * @throws ProblemError as {@link readTokenFile}, and when the file cannot be created
 */
export function ensureTokenFile(file: string): string {
  const present = readTokenFile(file);
  if (present !== null) return present;
  try {
    create(file);
  } catch (error) {
    throw unreachable(file, 'created', error);
  }
  const created = readTokenFile(file);
  if (created === null) throw new ProblemError({ what: `The access token ${file} vanished while it was created` });
  return created;
}

/**
 * The token in `file`, null when the file does not exist.
 *
 * @throws ProblemError when it is a symbolic link or no regular file, belongs to another user, may be read by others,
 * or holds nothing usable: such a token may be known to, or chosen by, somebody else
 */
function readTokenFile(file: string): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    if (errnoCode(error) === 'ELOOP') throw refused(file, 'it is a symbolic link');
    throw unreachable(file, 'read', error);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw refused(file, 'it is not a regular file');
    const me = process.geteuid?.();
    if (me !== undefined && stat.uid !== me) throw refused(file, `it belongs to the user with id ${stat.uid}`);
    if (me !== undefined && (stat.mode & 0o077) !== 0) {
      throw refused(file, `others may read it (mode ${(stat.mode & 0o777).toString(8)})`, `chmod 600 ${file}`);
    }
    const token = readFileSync(descriptor, 'utf8').trim();
    if (!USABLE_TOKEN.test(token)) throw refused(file, 'it does not hold 32 to 512 visible ASCII characters');
    return token;
  } finally {
    closeSync(descriptor);
  }
}

/** A file that appears meanwhile wins, and this one's token is thrown away. */
function create(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(6).toString('hex')}`;
  try {
    writeDurably(draft, `${randomBytes(TOKEN_BYTES).toString('hex')}\n`);
    linkSync(draft, file);
  } catch (error) {
    if (errnoCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeDurably(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function refused(file: string, why: string, next = 'remove it; a new one is made at the next start'): ProblemError {
  return new ProblemError({ what: `The access token ${file} is not used`, why, next });
}

function unreachable(file: string, verb: string, error: unknown): ProblemError {
  return new ProblemError({
    what: `The access token ${file} cannot be ${verb}`,
    why: errnoText(error),
    next: 'mend its directory, or set MCP_RUNTIME_DIR to another one',
  });
}
