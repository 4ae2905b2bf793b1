import { setTimeout as sleep } from 'node:timers/promises';
import type { Paths } from '../registry/paths.ts';
import type { SupervisorApi } from './api.ts';
import { connect } from './connect.ts';
import { type ControlServer, serveControl } from './control-server.ts';
import type { OpenHub } from './hub-side.ts';
import { findInstallation } from './installation.ts';
import { OfflineView } from './offline.ts';
import { prepareSocketPath } from './socket-path.ts';
import { Supervisor } from './supervisor.ts';

export interface OpenOptions {
  readonly paths: Paths;
  readonly env: NodeJS.ProcessEnv;
}

export interface OpenHereOptions extends OpenOptions {
  readonly openHub: OpenHub | null;
}

/** A command that only stops something holds the lock for a moment; this is how long until the next look (milliseconds). */
const LOCKED_MS = 50;

/**
 * The engine inside this process, with its control socket, so that commands in other terminals find it. Where another
 * supervisor holds the lock, that one instead: `info().mode` tells which.
 *
 * @throws ProblemError when the runtime directory cannot be used
 */
export async function openInProcess({ paths, env, openHub }: OpenHereOptions): Promise<SupervisorApi> {
  const installation = findInstallation();
  for (;;) {
    let control: ControlServer | null = null;
    const onEnded = (): void => void control?.close();
    const mode = 'in-process';
    const here = await Supervisor.open({ paths, env, installation, mode, bringUp: true, openHub, onEnded });
    if (here) {
      const place = () => prepareSocketPath(paths.runtimeDir);
      const onClients = (count: number): void => {
        here.attached = count;
      };
      control = await serveControl(here, place, installation.version, onClients, here);
      return here;
    }
    const there = await connect({ paths, env });
    if (there) return there;
    await sleep(LOCKED_MS);
  }
}

/** What can be known and done without a supervisor: journal, registry and process table; `stop` works, `start` refuses. */
export async function openOffline({ paths, env }: OpenOptions): Promise<SupervisorApi> {
  return new OfflineView(paths, env);
}
