import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDirectory } from '../registry/ensure-directory.ts';
import { ProblemError } from '../registry/problem.ts';
import { readSmallFile, writeSmallFile } from './process/file-guard.ts';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, the closing NUL included. */
const LONGEST = 103;

/** Where the control socket of a runtime directory stands: in it, or, where that path is too long, in a short one recorded there. */
export function socketPath(runtimeDir: string): string {
  const direct = join(runtimeDir, 'control.sock');
  if (Buffer.byteLength(direct) <= LONGEST) return direct;
  return readSmallFile(join(runtimeDir, 'control.path'), 256)?.text.trim() || shortPath(runtimeDir);
}

/** The same for the supervisor, which makes sure that the short path's folder is ours alone and records it. */
export function prepareSocketPath(runtimeDir: string): string {
  const direct = join(runtimeDir, 'control.sock');
  if (Buffer.byteLength(direct) <= LONGEST) return direct;
  const short = shortPath(runtimeDir);
  const directory = ensureDirectory(join(short, '..'), 0o700);
  if (!directory.ok) throw new ProblemError(directory.problem);
  writeSmallFile(join(runtimeDir, 'control.path'), `${short}\n`);
  return short;
}

function shortPath(runtimeDir: string): string {
  const base = process.env.XDG_RUNTIME_DIR ?? join(tmpdir(), `mcp-cockpit-${process.getuid?.() ?? 0}`);
  const id = createHash('sha256').update(runtimeDir).digest('hex').slice(0, 12);
  return join(base, `mcp-${id}`, 'control.sock');
}
