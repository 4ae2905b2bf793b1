import { resolvePaths } from '../registry/paths.ts';
import { ProblemError, problemSentence } from '../registry/problem.ts';
import { type ControlServer, serveControl } from './control-server.ts';
import type { OpenHub } from './hub-side.ts';
import { findInstallation } from './installation.ts';
import { plainEnvironment } from './lean-environment.ts';
import { LOCK_HELD } from './lock-held.ts';
import { prepareSocketPath } from './socket-path.ts';
import { Supervisor } from './supervisor.ts';

/** The detached supervisor: engine and control socket, until it is told to end or has nothing to do. */
export async function runSupervisor(startedWith: NodeJS.ProcessEnv, openHub: OpenHub | null): Promise<void> {
  const env = plainEnvironment(startedWith);
  process.umask(0o077);
  const paths = resolvePaths(env);
  if (!paths.ok) return refuse(problemSentence(paths.problem));
  const installation = findInstallation();
  let control: ControlServer | null = null;
  let supervisor: Supervisor | null;
  try {
    supervisor = await Supervisor.open({
      paths: paths.value,
      env,
      installation,
      mode: 'detached',
      bringUp: true,
      openHub,
      onEnded: () => {
        void control?.close().finally(() => process.exit(0));
        setTimeout(() => process.exit(0), 1_000);
      },
    });
  } catch (error) {
    return refuse(
      error instanceof ProblemError
        ? error.message
        : String(error instanceof Error ? (env.DEBUG ? error.stack : error.message) : error),
    );
  }
  if (!supervisor) {
    process.exitCode = LOCK_HELD;
    return;
  }
  const engine = supervisor;
  process.on('SIGHUP', () => undefined);
  process.on('SIGPIPE', () => undefined);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void engine.close());
  process.on('uncaughtException', (error) => void collapse(engine, error));
  process.on('unhandledRejection', (error) => void collapse(engine, error));
  const place = () => prepareSocketPath(paths.value.runtimeDir);
  const onClients = (clients: number): void => {
    engine.attached = clients;
  };
  control = await serveControl(engine, place, installation.version, onClients, engine);
  log(`supervisor ${installation.version} ready, pid ${process.pid}, node ${process.version}`);
}

/** A defect of ours must not take servers down: let go of everything in order, say what happened, end. */
async function collapse(supervisor: Supervisor, error: unknown): Promise<void> {
  log(`internal error, ending: ${error instanceof Error ? error.stack : String(error)}`);
  setTimeout(() => process.exit(70), 3_000).unref();
  process.exitCode = 70;
  await supervisor.close();
}

function refuse(sentence: string): void {
  log(sentence);
  process.exitCode = 1;
}

function log(text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
}
