import { lstatSync, statSync } from 'node:fs';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import { probePort } from '../process/ports.ts';
import type { Blocker } from '../unit.ts';

/** What can be looked at without starting anything. */
interface Look {
  readonly spec: LaunchSpec | null;
  readonly diskFull: boolean;
  readonly logPath: string;
}

/**
 * Whether a blocked unit may try again. A changed entry comes as its own event, so `entry` waits for that.
 */
export async function mayTryAgain(on: Blocker, look: Look): Promise<boolean> {
  return LOOKS[on](look);
}

const LOOKS: Readonly<Record<Blocker, (look: Look) => boolean | Promise<boolean>>> = {
  entry: () => false,
  path: ({ spec }) => spec !== null && isDirectory(spec.cwd) && programIsThere(spec),
  port: async ({ spec }) => spec?.port != null && (await probePort(spec.port)) === 'free',
  disk: ({ diskFull }) => !diskFull,
  runtime: ({ logPath }) => isFileOrMissing(logPath),
};

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** An absolute program can be looked at; whatever else PATH may find is for the next start by a person. */
function programIsThere({ run }: LaunchSpec): boolean {
  if (run?.kind !== 'program' || !run.file.startsWith('/')) return false;
  try {
    return (statSync(run.file).mode & 0o111) !== 0;
  } catch {
    return false;
  }
}

function isFileOrMissing(path: string): boolean {
  try {
    return lstatSync(path).isFile();
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
