import type { SupervisorApi } from '../supervisor/api.ts';
import { findInstallation } from '../supervisor/installation.ts';
import { confirm } from './ask.ts';
import type { Context } from './context.ts';
import { steer } from './engine.ts';
import { supervisorRestart } from './supervisor-command.ts';

/**
 * After an upgrade the supervisor of the older version still runs. On a terminal the newer program offers to restart it;
 * HTTP servers live through that, stdio servers start again.
 */
export async function offerRestartOfOlder(context: Context, api: SupervisorApi): Promise<SupervisorApi> {
  const { mode, version, pid } = await api.info();
  const ours = findInstallation().version;
  if (mode !== 'detached' || !isOlder(version, ours)) return api;
  const question = `The supervisor that runs (pid ${pid}) is version ${version}, this is ${ours}. Restart it? HTTP servers live through it, stdio servers start again.`;
  if (!(await confirm(context, question))) return api;
  await api.close();
  await supervisorRestart(context);
  return steer(context);
}

/** Compares `major.minor.patch`; anything behind it does not count. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(/[.+-]/).slice(0, 3).map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
