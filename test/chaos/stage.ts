import { chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type ServerJson, type StatusJson, statusShape } from '../../src/cli/json-shapes.ts';
import { type Paths, resolvePaths } from '../../src/registry/paths.ts';
import type { SupervisorApi, UnitState, UnitView } from '../../src/supervisor/api.ts';
import { connect, connectOrStart } from '../../src/supervisor/connect.ts';
import { type Home, type RunOptions, temporaryHome } from '../helpers/home.ts';
import { root } from '../helpers/root.ts';
import { type Ended, type Running, startProgram } from '../helpers/running.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { innocent } from './innocent.ts';
import { nonceHolders, unaccounted, withJournal } from './oracle.ts';
import type { PlainUser } from './plain-user.ts';
import { quietPort } from './quiet-port.ts';
import { type SmallDisk, smallDisk } from './small-disk.ts';

export const mcpProgram = join(root, 'dist/bin/mcp.cjs');

/** A command that takes so long hangs; shorter than a test may take, so that it is the command that is reported. */
const COMMAND_GUARD_MS = 30_000;

/** The server that nothing is done to: whatever happens to the others, its process stays the same. */
const NEIGHBOUR = 'calm';

export interface StageOptions {
  /** The neighbour does not survive what this fault does to it. */
  readonly spoilsNeighbour?: boolean;
  /** Everything runs as somebody whom permissions hold back; the home is theirs. */
  readonly user?: PlainUser;
  /** The runtime directory is a file system of its own, of so many kilobytes; `stage.disk` fills it. */
  readonly diskKilobytes?: number;
  /** Contents of `~/.mcp-cockpit.json`. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A user's machine on which a fault happens: a home, a running supervisor, a neighbouring server, an innocent process. */
export interface Stage {
  readonly home: Home;
  /** As seen from here. */
  readonly paths: Paths;
  readonly disk: SmallDisk | null;
  /** Runs `mcp` with these words to its end, as a user types it. */
  mcp(words: string, options?: RunOptions): Promise<Ended>;
  /** The same, without waiting for the end. */
  begin(words: string, options?: RunOptions): Running;
  /** `mcp status --json`, checked against its documented shape. */
  status(): Promise<StatusJson>;
  /** That of one server. */
  server(name: string): Promise<ServerJson>;
  /** Writes the registry anew; the neighbour is in it too. */
  register(entries: Readonly<Record<string, unknown>>): Promise<void>;
  /** Waits until a row of the table is as wanted, by asking the running supervisor; null while there is none. */
  until(name: string, wanted: UnitState | ((unit: UnitView) => boolean)): Promise<UnitView>;
  /** The running supervisor's API; closed at the end of the play. */
  api(): Promise<SupervisorApi>;
  supervisorPid(): Promise<number>;
  /** kill -9, and waits until it is gone. */
  killSupervisor(): Promise<void>;
  /** Pids that carry a launch nonce of this home. */
  launched(): Promise<number[]>;
}

/**
 * Plays one fault and then looks at what every fault must leave behind: no process that the state does not know, an
 * innocent process and a neighbouring server unharmed, a journal that opens, and after `mcp all stop` nothing at all.
 */
export async function onStage(
  entries: Readonly<Record<string, unknown>>,
  play: (stage: Stage) => Promise<void>,
  options: StageOptions = {},
): Promise<void> {
  await using home = await temporaryHome();
  using bystander = innocent();
  if (options.diskKilobytes) await mkdir(home.runtimeDir, { mode: 0o700 });
  await using disk = options.diskKilobytes ? await smallDisk(home.runtimeDir, options.diskKilobytes) : null;
  const stage = await setUp(home, disk, entries, options);
  try {
    const before = options.spoilsNeighbour ? null : await stage.until(NEIGHBOUR, 'ready');
    await play(stage);
    await judge(stage, bystander.pid, before);
  } finally {
    await stage.close();
  }
}

async function setUp(
  home: Home,
  disk: SmallDisk | null,
  entries: Readonly<Record<string, unknown>>,
  { settings, spoilsNeighbour = false, user = {} }: StageOptions,
): Promise<Stage & { close(): Promise<void> }> {
  const resolved = resolvePaths(home.env);
  if (!resolved.ok) throw new Error(resolved.problem.what);
  const paths = { ...resolved.value, runtimeDir: disk?.seen(home.runtimeDir) ?? home.runtimeDir };
  const neighbour = spoilsNeighbour ? {} : { [NEIGHBOUR]: tinyHttp(await quietPort()) };
  let connection: SupervisorApi | null = null;

  const begin: Stage['begin'] = (words, { env = {}, ...options } = {}) =>
    startProgram(...commandLine([...(disk?.prefix ?? []), process.execPath, mcpProgram, ...words.split(' ')]), {
      cwd: home.dir,
      env: { ...home.env, ...env },
      guardMs: COMMAND_GUARD_MS,
      ...user,
      ...options,
    });
  const mcp: Stage['mcp'] = async (words, options) => {
    const ended = await begin(words, options).ended;
    if (ended.signal === null) return ended;
    throw new Error(
      `mcp ${words} hung; it said: ${ended.stdout}${ended.stderr}; state: ${JSON.stringify(await snapshot())}`,
    );
  };
  const status: Stage['status'] = async () => {
    const { stdout, stderr, code } = await mcp('status --json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return statusShape.parse(JSON.parse(stdout));
  };
  const api: Stage['api'] = async () => {
    const alive = await connection?.info().catch(() => null);
    if (connection && alive) return connection;
    // It died; the next one is asked.
    await connection?.close();
    connection = await connect({ paths });
    if (!connection) throw new Error('no supervisor runs');
    return connection;
  };
  const snapshot = async () =>
    api()
      .then((alive) => alive.snapshot())
      .catch(() => null);
  const supervisorPid = async () => await waitFor('a supervisor', async () => (await snapshot())?.supervisor.pid);
  const register: Stage['register'] = (some) => home.writeRegistry({ ...some, ...neighbour });

  await register(entries);
  if (settings) await writeJson(paths.settingsFile, settings);
  for (const path of await readdir(home.dir)) await giveTo(user, join(home.dir, path));
  await giveTo(user, home.dir);
  if (!spoilsNeighbour) {
    // As another user, or elsewhere, only a command can do it; otherwise this process is spared one.
    if (user.uid === undefined && !disk) connection = await connectOrStart({ paths, env: { ...home.env } });
    else await mcp(`${NEIGHBOUR} start --no-wait`);
    const started = await (await api()).start([NEIGHBOUR], { waitMs: null });
    expect(started).toMatchObject([{ ok: true, state: 'ready', problem: null }]);
  }

  return {
    home,
    paths,
    disk,
    mcp,
    begin,
    status,
    register,
    api,
    supervisorPid,
    server: async (name) => {
      const found = (await status()).servers.find((candidate) => candidate.name === name);
      if (!found) throw new Error(`${name} is not in the table`);
      return found;
    },
    until: (name, wanted) => {
      const isWanted = typeof wanted === 'string' ? ({ state }: UnitView) => state === wanted : wanted;
      let last: UnitView | undefined;
      return waitFor(`${name} to be ${wanted}`, async () => {
        last = (await snapshot())?.units.find((unit) => unit.name === name);
        return last && isWanted(last) ? last : null;
      }).catch((error: unknown) => {
        throw new Error(`${error instanceof Error ? error.message : error}; last seen: ${JSON.stringify(last)}`);
      });
    },
    killSupervisor: async () => {
      const pid = await supervisorPid();
      process.kill(pid, 'SIGKILL');
      await waitFor('the supervisor to be gone', async () => !(await isAlive(pid)));
    },
    launched: async () => [...(await nonceHolders(home.runtimeDir)).values()].flat(),
    close: async () => {
      await connection?.close().catch(() => undefined);
    },
  };
}

function commandLine([file = '', ...args]: readonly string[]): [string, string[]] {
  return [file, args];
}

async function judge(stage: Stage, bystander: number, before: UnitView | null): Promise<void> {
  const { home, paths } = stage;
  expect(await unaccounted(home.runtimeDir, paths.runtimeDir), 'processes that no record knows').toEqual([]);
  const api = await stage.api();
  if (before) {
    const after = await stage.until(NEIGHBOUR, () => true);
    expect(after, 'the neighbouring server').toMatchObject({ state: 'ready', pid: before.pid, restarts: 0 });
    expectSameStart(after, before);
  }
  const stopped = await api.stop((await api.snapshot()).units.map(({ name }) => name));
  expect(stopped.filter(({ ok }) => !ok)).toEqual([]);
  expect(await stage.launched(), 'servers after all were stopped').toEqual([]);
  await api.shutdown({ all: false });
  await waitFor('every process of this home to end', async () => (await home.processes()).length === 0);
  const integrity = withJournal(paths.runtimeDir, (journal) => journal.prepare('PRAGMA integrity_check').get());
  expect(integrity).toEqual({ integrity_check: 'ok' });
  expect(await isAlive(bystander), 'the innocent process').toBe(true);
}

type Moment = string | number | null;

/** Uptime goes on: the start is told from the kernel's ticks and the wall clock, so that it may wander by some milliseconds. */
export function expectSameStart(a: { readonly startedAt: Moment }, b: { readonly startedAt: Moment }): void {
  const milliseconds = (moment: Moment): number => new Date(moment ?? Number.NaN).getTime();
  expect(Math.abs(milliseconds(a.startedAt) - milliseconds(b.startedAt))).toBeLessThan(1_000);
}

export async function giveTo({ uid, gid }: PlainUser, path: string): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(value), { mode: 0o600 });
}
