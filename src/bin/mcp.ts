import { main } from '../cli/main.ts';
import type { RunCockpit } from '../cli/task.ts';
import { findInstallation } from '../supervisor/installation.ts';

/** The screen is loaded only for those who look at it, while the supervisor is reached. */
const runCockpit: RunCockpit = async ({ open, context: { io, env, paths, print }, flags }) => {
  const [api, cockpit, { FileLogReader }] = await Promise.all([
    open(),
    import('../../components/run.tsx'),
    import('../supervisor/logs/tail.ts'),
  ]);
  const { exitCode, afterword } = await cockpit.runCockpit({
    api,
    reconnect: open,
    logs: new FileLogReader(paths.runtimeDir),
    registryPath: paths.registryFile,
    version: findInstallation().version,
    mode: (await api.info()).mode === 'in-process' ? 'in-process' : 'detached',
    env,
    readOnly: flags.readOnly,
    ...(flags.colour === undefined ? {} : { colour: flags.colour }),
    stdin: io.stdin,
    stdout: io.stdout,
  });
  for (const line of afterword) print(line);
  return exitCode;
};

process.exitCode = await main(process.argv.slice(2), process, runCockpit);
