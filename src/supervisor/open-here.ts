import type { Paths } from '../registry/paths.ts';
import type { SupervisorApi } from './api.ts';
import { connect } from './connect.ts';
import { findInstallation } from './installation.ts';
import { OfflineView } from './offline.ts';
import { Supervisor } from './supervisor.ts';

export interface OpenOptions {
  readonly paths: Paths;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The engine inside this process. Where another supervisor holds the lock, that one instead: `info().mode` tells which.
 *
 * @throws ProblemError when the runtime directory cannot be used
 */
export async function openInProcess({ paths, env }: OpenOptions): Promise<SupervisorApi> {
  for (;;) {
    const here = await Supervisor.open({
      paths,
      env,
      installation: findInstallation(),
      mode: 'in-process',
      bringUp: true,
    });
    if (here) return here;
    const there = await connect({ paths });
    if (there) return there;
  }
}

/** What can be known and done without a supervisor: journal, registry and process table; `stop` works, `start` refuses. */
export async function openOffline({ paths, env }: OpenOptions): Promise<SupervisorApi> {
  return new OfflineView(paths, env);
}
