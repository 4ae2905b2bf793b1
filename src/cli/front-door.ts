import type { SupervisorApi } from '../supervisor/api.ts';
import type { Context } from './context.ts';
import { steer } from './engine.ts';
import { writeFirstRegistry } from './first-registry.ts';
import { offerRestartOfOlder } from './older-supervisor.ts';
import { status } from './status.ts';
import type { CockpitFlags, RunCockpit } from './task.ts';

/** Plain `mcp`: the cockpit on a terminal, elsewhere the status table. */
export async function openFrontDoor(context: Context, flags: CockpitFlags, runCockpit: RunCockpit): Promise<number> {
  if (flags.plain || context.json || !isScreen(context)) {
    return status(context, []);
  }
  await writeFirstRegistry(context);
  let offered = false;
  const open = async (): Promise<SupervisorApi> => {
    if (flags.inProcess) return inProcess(context);
    const api = await steer(context);
    if (offered) return api;
    offered = true;
    return offerRestartOfOlder(context, api);
  };
  return runCockpit({ open, context, flags });
}

/** Both ends must be a terminal that can move its cursor: Ink cannot tell (it draws an error page and exits 0). */
function isScreen({ io, env }: Context): boolean {
  return io.stdin.isTTY === true && io.stdout.isTTY === true && env.TERM !== 'dumb';
}

async function inProcess({ paths, env, note }: Context): Promise<SupervisorApi> {
  const [{ openInProcess }, { openHub }] = await Promise.all([
    import('../supervisor/open-here.ts'),
    import('../hub/hub.ts'),
  ]);
  const api = await openInProcess({ paths, env, openHub });
  const { mode, pid } = await api.info();
  if (mode === 'detached') note(`a supervisor (pid ${pid}) runs already: attached to it instead`);
  return api;
}
