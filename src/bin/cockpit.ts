import { runCockpit } from '../../components/run.tsx';
import type { RunCockpit } from '../cli/task.ts';
import type { SupervisorApi } from '../supervisor/api.ts';
import { findInstallation } from '../supervisor/installation.ts';
import { FileLogReader } from '../supervisor/logs/tail.ts';

/**
 * Joins the screen to the supervisor, the logs and this terminal. Only those who look at the screen load it.
 *
 * @param api the first connection, made while this was loaded
 */
export async function openCockpit(
  { open, context: { io, env, paths, print }, flags }: Parameters<RunCockpit>[0],
  api: SupervisorApi,
): Promise<number> {
  const { exitCode, afterword } = await runCockpit({
    api,
    reconnect: open,
    logs: new FileLogReader(paths.runtimeDir),
    registryPath: paths.registryFile,
    version: findInstallation().version,
    mode: flags.inProcess ? 'in-process' : 'detached',
    env,
    readOnly: flags.readOnly,
    ...(flags.colour === undefined ? {} : { colour: flags.colour }),
    stdin: io.stdin,
    stdout: io.stdout,
  });
  for (const line of afterword) print(line);
  return exitCode;
}
