import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryHome } from '../helpers/home.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { makeHerd } from './herd.ts';
import { innocent } from './innocent.ts';
import { nonceHolders } from './oracle.ts';
import type { Random } from './random.ts';

/** The supervisor is killed within this time of being asked for (milliseconds). */
const LATEST_MS = 400;

export interface KillReport {
  readonly rounds: number;
  /** Processes with a nonce that were alive right after a kill, over all rounds. */
  readonly survivors: number;
}

/**
 * F1: kill -9 of the supervisor at random moments of a start of several servers, again and again. After each kill every
 * process of ours is known to the state; in the end every wanted server runs exactly once, and a stop leaves nothing.
 *
 * @throws Error that names what was lost, doubled or left
 */
export async function killMidStart(rounds: number, random: Random): Promise<KillReport> {
  await using home = await temporaryHome();
  using bystander = innocent();
  const herd = await makeHerd(home);
  let survivors = 0;

  for (let round = 1; round <= rounds; round++) {
    const names = random.some(herd.names);
    const command = random.next() < 0.5 ? 'start' : 'restart';
    // What is under way when the supervisor dies fails; that is no news.
    const starting = herd
      .supervisor()
      .then((api) => api[command](names, { waitMs: 0 }))
      .catch(() => undefined);
    await sleep(random.next() * LATEST_MS);
    await herd.killSupervisor();
    await starting;
    await herd.killSupervisor();
    const lost = await herd.lost();
    if (lost.length > 0) throw new Error(`round ${round}: no record knows of ${lost.join(', ')}`);
    survivors += [...(await nonceHolders(home.runtimeDir)).values()].flat().length;
    if (random.next() < 0.3) await killSomething(await herd.pidsOf(random.pick(herd.names)), random);
  }

  const api = await herd.supervisor();
  await api.start(herd.names, { waitMs: 0 });
  await herd.settle((_name, { state }) => state === 'ready');
  await api.stop(herd.names);
  const left = [...(await nonceHolders(home.runtimeDir)).values()].flat();
  if (left.length > 0) throw new Error(`left after all were stopped: ${left.join(', ')}`);
  await api.shutdown({ all: false });
  await waitFor('every process of this home to end', async () => (await home.processes()).length === 0);
  if (!(await isAlive(bystander.pid))) throw new Error('an innocent process was killed');
  return { rounds, survivors };
}

/** A server, its leader or a child of it. */
async function killSomething(pids: readonly number[], random: Random): Promise<void> {
  if (pids.length === 0) return;
  try {
    process.kill(random.pick(pids), 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
