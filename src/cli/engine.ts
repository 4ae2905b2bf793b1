import type { SupervisorApi } from '../supervisor/api.ts';
import { orExit } from './command-error.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';

const load = () => import('../supervisor/connect.ts');

/** For commands that only look, and for stop: the running supervisor, or what the disk and the process table tell. Starts none. */
export async function look(context: Context): Promise<SupervisorApi> {
  return (await running(context)) ?? (await offline(context));
}

/** The running supervisor, or null. */
export async function running({ paths }: Context): Promise<SupervisorApi | null> {
  const { connect } = await load();
  return orExit(EXIT.unreachable, connect({ paths }));
}

/** For commands that need things done: the running supervisor, or one that is started now. */
export async function steer({ paths, env }: Context): Promise<SupervisorApi> {
  const { connectOrStart } = await load();
  return orExit(EXIT.unreachable, connectOrStart({ paths, env }));
}

async function offline({ paths, env }: Context): Promise<SupervisorApi> {
  const { openOffline } = await import('../supervisor/open-here.ts');
  return orExit(EXIT.badConfiguration, openOffline({ paths, env }));
}

/** Runs the work with an engine and lets go of it afterwards, however the work ended. */
export async function withEngine<T>(api: SupervisorApi, work: (api: SupervisorApi) => Promise<T>): Promise<T> {
  try {
    return await work(api);
  } finally {
    await api.close().catch(() => {});
  }
}
