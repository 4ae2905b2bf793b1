import { spawn } from 'node:child_process';
import { closeSync, fstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureDirectory } from '../registry/ensure-directory.ts';
import type { Paths } from '../registry/paths.ts';
import { ProblemError } from '../registry/problem.ts';
import type { SupervisorApi } from './api.ts';
import { callerVariables } from './caller-variables.ts';
import { ControlClient, openSocket } from './control-client.ts';
import { CONTROL_VERSION } from './control-words.ts';
import { findInstallation } from './installation.ts';
import { leanEnvironment } from './lean-environment.ts';
import { LOCK_HELD } from './lock-held.ts';
import { lockOwner } from './lock-owner.ts';
import { openLog } from './logs/log-file.ts';
import { socketPath } from './socket-path.ts';

/** Within this time a supervisor that is not suspended has greeted us (milliseconds). */
const GREETING_MS = 1_500;
const START_MS = 15_000;

/**
 * It lives for days and allocates little at a time: a small nursery keeps it some 5 MB smaller, and a heap that grows
 * reluctantly another 3 MB, at no cost one can measure.
 */
const MEMORY_FLAGS = ['--max-semi-space-size=1', '--optimize-for-size'];

export interface ConnectOptions {
  readonly paths: Paths;
  /** The caller's environment: starts take PATH and the variables that entries refer to from it. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface StartSupervisorOptions extends ConnectOptions {
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The API of the running supervisor, or null when there is none. Never starts one.
 *
 * @throws ProblemError when one is there but suspended, too busy to greet, or of another version
 */
export async function connect({ paths, env = process.env }: ConnectOptions): Promise<SupervisorApi | null> {
  const socket = await openSocket(socketPath(paths.runtimeDir)).catch((error: unknown) => {
    throw new ProblemError({
      what: 'the control socket cannot be opened',
      why: error instanceof Error ? error.message : String(error),
      next: `look at the owner of ${paths.runtimeDir}`,
    });
  });
  if (!socket) return noSocket(paths);
  const client = new ControlClient(socket, () => callerVariables(paths.registryFile, env));
  const greeting = await Promise.race([
    client.hello(findInstallation().version),
    sleep(GREETING_MS, null, { ref: false }),
  ]).catch(() => undefined);
  if (greeting === undefined) {
    await client.close();
    return null;
  }
  if (greeting === null) {
    await client.close();
    throw silent(paths);
  }
  if (greeting.control !== CONTROL_VERSION) {
    await client.close();
    throw new ProblemError({
      what: `the running supervisor (pid ${greeting.pid}) is of version ${greeting.version}, which this command does not understand`,
      next: `kill ${greeting.pid}; the next command starts a new one, and HTTP servers live through it`,
    });
  }
  return client;
}

/**
 * The running supervisor, started first when there is none. Two that race get the same one. A command that holds the lock
 * only to stop something is waited for.
 *
 * @throws ProblemError when none answers within {@link START_MS}, or it is suspended
 */
export async function connectOrStart({ paths, env }: StartSupervisorOptions): Promise<SupervisorApi> {
  const present = await connect({ paths, env });
  if (present) return present;
  const directory = ensureDirectory(paths.runtimeDir, 0o700);
  if (!directory.ok) throw new ProblemError(directory.problem);
  const deadline = performance.now() + START_MS;
  let attempt = launchSupervisor(paths, env);
  let refusal: unknown = null;
  for (let wait = 10; performance.now() < deadline; wait = Math.min(100, wait * 1.3)) {
    await sleep(wait);
    const api = await connect({ paths, env }).catch((error: unknown) => {
      // One that is only slow to greet on a busy machine is asked again.
      if (lockOwner(paths.runtimeDir)?.suspended) throw error;
      refusal = error;
      return null;
    });
    if (api) return api;
    const code = attempt.code();
    if (code !== undefined && code !== LOCK_HELD) break;
    if (code === LOCK_HELD && !lockOwner(paths.runtimeDir)) attempt = launchSupervisor(paths, env);
  }
  throw refusal ?? notStarted(paths, attempt);
}

interface Attempt {
  /** Size of the supervisor's log before. */
  readonly logged: number;
  /** Its exit code; undefined while it runs. */
  code(): number | null | undefined;
}

function launchSupervisor(paths: Paths, env: NodeJS.ProcessEnv): Attempt {
  const log = openLog(supervisorLog(paths));
  if (!log.ok) throw new ProblemError(log.problem);
  const { fd } = log.value;
  const logged = fstatSync(fd).size;
  const program = join(findInstallation().root, 'dist', 'supervisor.js');
  const { MCP_SUP_ID: _ours, ...inherited } = env;
  let ended: number | null | undefined;
  try {
    const child = spawn(process.execPath, [...MEMORY_FLAGS, program], {
      cwd: '/',
      env: leanEnvironment(inherited),
      detached: true,
      stdio: ['ignore', fd, fd],
    });
    child.on('exit', (code) => {
      ended = code;
    });
    child.on('error', () => {
      ended = 1;
    });
    child.unref();
  } finally {
    closeSync(fd);
  }
  return { logged, code: () => ended };
}

function notStarted(paths: Paths, { logged, code }: Attempt): ProblemError {
  const ended = code();
  const owner = lockOwner(paths.runtimeDir);
  if (ended === LOCK_HELD && owner) {
    return new ProblemError({
      what: 'the supervisor could not start',
      why: 'another command stops servers right now, or a cockpit supervises them itself',
      holder: `pid ${owner.pid}`,
      next: 'try again when it has ended',
    });
  }
  return new ProblemError({
    what: 'the supervisor did not start',
    why:
      newLines(supervisorLog(paths), logged) ||
      (ended === undefined ? 'it does not answer' : `it ended with code ${ended}`),
    next: `look at ${supervisorLog(paths)}`,
  });
}

function supervisorLog({ runtimeDir }: Paths): string {
  return join(runtimeDir, 'supervisor.log');
}

function noSocket(paths: Paths): null {
  const owner = lockOwner(paths.runtimeDir);
  if (owner?.suspended) throw silent(paths);
  return null;
}

function silent(paths: Paths): ProblemError {
  const owner = lockOwner(paths.runtimeDir);
  if (owner?.suspended) {
    return new ProblemError({
      what: `the supervisor (pid ${owner.pid}) is suspended`,
      why: 'it was stopped by SIGSTOP or Ctrl-Z and answers nobody',
      next: `kill -CONT ${owner.pid}`,
    });
  }
  const who = owner ? `pid ${owner.pid}` : 'its pid is unknown';
  return new ProblemError({
    what: `the supervisor (${who}) does not answer`,
    next: owner ? `kill ${owner.pid}; HTTP servers live through it` : 'try again',
  });
}

function newLines(path: string, from: number): string {
  try {
    const lines = readFileSync(path).subarray(from).toString('utf8').trim().split('\n');
    return (lines.at(-1) ?? '').replace(/^\S+Z /, '');
  } catch {
    return '';
  }
}
