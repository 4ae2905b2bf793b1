import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import { identify, NONCE_VARIABLE, type ProcessIdentity } from './identity.ts';
import { type LaunchFailure, launchFailure, spawnFailure } from './launch-failure.ts';
import { checkDirectory, resolveProgram } from './preflight.ts';
import { type Command, recorderArguments } from './recorder.ts';

export interface LaunchOptions {
  readonly spec: Pick<LaunchSpec, 'run' | 'cwd' | 'env'>;
  readonly nonce: string;
  /** Where the exit recorder leaves the exit code; a record of an earlier run is removed. */
  readonly exitFile: string;
  /** `detached`: no input, output to descriptors, outlives us. `piped`: stdin and stdout are pipes to us. */
  readonly stdio: 'detached' | 'piped';
  /** Descriptor for stdout, opened for appending. Unused when piped. */
  readonly outputFd: number;
  /** Descriptor for stderr, opened for appending; may be the same. */
  readonly errorFd: number;
  /** The POSIX shell that records the exit. */
  readonly shell?: string;
}

export interface Launched {
  readonly ok: true;
  /** Leader of the new session and of its process group: the exit recorder, not the server. */
  readonly pid: number;
  readonly identity: ProcessIdentity;
  /** Unreferenced, pipes included: awaiting its `exit` does not keep this process alive. */
  readonly child: ChildProcess;
}

/**
 * Starts a command in a session of its own (R4) under an exit recorder (R7). Everything that can be known to be wrong
 * beforehand is a failure with its own kind and way out; nothing is thrown. What a shell line finds wrong (126, 127) is
 * only seen in its exit code. Some shells (dash) hand on only variables that are named like identifiers.
 */
export async function launch(options: LaunchOptions): Promise<Launched | LaunchFailure> {
  const { spec, nonce } = options;
  const command = spec.run;
  if (!command || (command.kind === 'shell' ? command.line : command.file).trim() === '') {
    return launchFailure('empty-command', '');
  }
  const wrongDirectory = await checkDirectory(spec.cwd);
  if (wrongDirectory) return wrongDirectory;
  const ready = await resolveCommand(command, spec);
  if ('ok' in ready) return ready;

  const exitFile = resolve(options.exitFile);
  // Without its directory there will be no record either, which is no reason not to run.
  removeQuietly(exitFile);
  try {
    const child = spawn(options.shell ?? '/bin/sh', recorderArguments(ready, exitFile), {
      cwd: spec.cwd,
      env: { ...spec.env, [NONCE_VARIABLE]: nonce },
      detached: true,
      stdio:
        options.stdio === 'piped' ? ['pipe', 'pipe', options.errorFd] : ['ignore', options.outputFd, options.errorFd],
    });
    if (child.pid === undefined) {
      const [error] = await once(child, 'error').catch((thrown: unknown) => [thrown]);
      return spawnFailure(options.shell ?? '/bin/sh', errorCode(error));
    }
    // Not reaped before the event loop turns, so it is in the process table even if it is dead already.
    const identity = identify(child.pid, nonce);
    letGo(child);
    if (!identity) return launchFailure('other', String(child.pid), 'it is not in the process table');
    return { ok: true, pid: child.pid, identity, child };
  } catch (error) {
    return spawnFailure(options.shell ?? '/bin/sh', errorCode(error));
  }
}

async function resolveCommand(command: Command, spec: LaunchOptions['spec']): Promise<Command | LaunchFailure> {
  if (command.kind === 'shell') return command;
  const program = await resolveProgram(command.file, spec.cwd, spec.env.PATH);
  return program.ok ? { ...command, file: program.path } : program;
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // It stays; the recorder may still replace what is in it.
  }
}

function letGo(child: ChildProcess): void {
  // Errors after the start concern single writes and signals, whose callers learn of them; unheard they would end us.
  child.on('error', () => undefined);
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) {
    pipe?.on('error', () => undefined);
    if (pipe instanceof Socket) pipe.unref();
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
