import { type Paths, resolvePaths } from '../../src/registry/paths.ts';
import type { SupervisorApi, UnitView } from '../../src/supervisor/api.ts';
import { connectOrStart } from '../../src/supervisor/connect.ts';
import { serverOfNonce } from '../../src/supervisor/nonce.ts';
import type { Home } from '../helpers/home.ts';
import { tinyHttp, tinyStdio } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { commandLineOf, nonceHolders, unaccounted } from './oracle.ts';
import { quietPort } from './quiet-port.ts';

/** Servers of every build under one supervisor that is killed again and again. */
export interface Herd {
  readonly names: readonly string[];
  readonly paths: Paths;
  /** The supervisor, started when there is none. */
  supervisor(): Promise<SupervisorApi>;
  /** kill -9 of whatever supervises or is about to; resolves when it is gone. */
  killSupervisor(): Promise<void>;
  /** Pids of a server's launch. */
  pidsOf(name: string): Promise<number[]>;
  /** Waits until every server is as wanted: in exactly one launch when it should run, in none when it should not. */
  settle(wanted: (name: string, unit: UnitView) => boolean): Promise<void>;
  /** Processes that no record knows. */
  lost(): Promise<string[]>;
}

/** No budget: every death here is ours. */
const rules = {
  restart: { max: 1000, backoff: { initial: '10ms', max: '50ms' } },
  health: { interval: '300ms', timeout: '10s', failures: 10 },
  stop: { grace: '300ms' },
};

const launchesOf = ({ desired }: UnitView): number => (desired === 'running' ? 1 : 0);

export async function makeHerd(home: Home): Promise<Herd> {
  const resolved = resolvePaths(home.env);
  if (!resolved.ok) throw new Error(resolved.problem.what);
  const paths = resolved.value;
  const entries = {
    web: tinyHttp(await quietPort(), ['child=1'], rules),
    slow: tinyHttp(await quietPort(), ['slow=100', 'daemon=1'], rules),
    stubborn: tinyHttp(await quietPort(), ['ignore-term=1'], rules),
    pipe: tinyStdio([], rules),
    clingy: tinyStdio(['ignore-eof=1', 'child=1'], rules),
  };
  await home.writeRegistry(entries);
  const names = Object.keys(entries);
  let connection: SupervisorApi | null = null;

  const supervisor = async (): Promise<SupervisorApi> => {
    if (connection && (await connection.info().catch(() => null))) return connection;
    await connection?.close();
    connection = await connectOrStart({ paths, env: { ...home.env } });
    return connection;
  };
  const launches = async () => {
    const counts = new Map(names.map((name) => [name, 0]));
    for (const nonce of (await nonceHolders(home.runtimeDir)).keys()) {
      const name = serverOfNonce(home.runtimeDir, nonce) ?? '';
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  };
  return {
    names,
    paths,
    supervisor,
    killSupervisor: async () => {
      for (const pid of await home.processes()) {
        if (!(await commandLineOf(pid)).endsWith('supervisor.js')) continue;
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended by itself.
        }
        await waitFor('the supervisor to be gone', async () => !(await isAlive(pid)));
      }
      await connection?.close();
      connection = null;
    },
    pidsOf: async (name) => {
      const holders = await nonceHolders(home.runtimeDir);
      return [...holders].flatMap(([nonce, pids]) => (serverOfNonce(home.runtimeDir, nonce) === name ? pids : []));
    },
    settle: async (wanted) => {
      let seen: readonly object[] = [];
      // A server that was killed a moment ago is still shown as ready: state and processes have to agree.
      const settled = async () => {
        const { units } = await (await supervisor()).snapshot();
        const counts = await launches();
        const odd = units.filter((unit) => !wanted(unit.name, unit) || counts.get(unit.name) !== launchesOf(unit));
        seen = odd.map(({ name, state, desired, cause }) => ({
          name,
          state,
          desired,
          cause,
          launches: counts.get(name),
        }));
        return odd.length === 0;
      };
      await waitFor('every server to be where it should be', settled).catch((error: unknown) => {
        throw new Error(`${error instanceof Error ? error.message : error}: ${JSON.stringify(seen)}`);
      });
    },
    lost: () => unaccounted(home.runtimeDir),
  };
}
