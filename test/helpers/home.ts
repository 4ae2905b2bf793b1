import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.ts';
import { killAllWith, processesWith } from './processes.ts';
import { root } from './root.ts';
import { type Ended, type Running, startProgram } from './running.ts';

export interface RunOptions {
  /** Set over the home's own environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Text for stdin; without it stdin is /dev/null. */
  readonly input?: string;
  readonly cwd?: string;
  /** After this long the command is killed: a hang is a failure. Default one minute. */
  readonly guardMs?: number;
}

/** A user of this program with nothing but an empty home folder. */
export interface Home extends AsyncDisposable {
  readonly dir: string;
  readonly runtimeDir: string;
  readonly dataDir: string;
  readonly registryPath: string;
  /** Where the hub of this home listens, once a registry or settings were written. */
  readonly hubPort: number;
  /** What every command of this home runs with. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command of dist/ (`mcp`, …) as a user types it, to its end. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** The same, without waiting for the end. */
  start(command: string, args: readonly string[], options?: RunOptions): Running;
  /** Global settings, beside the port of the hub. */
  writeSettings(settings: Readonly<Record<string, unknown>>): Promise<void>;
  writeRegistry(entries: Readonly<Record<string, unknown>>): Promise<void>;
  /** Every process that carries this home's runtime directory in its environment: supervisor, servers, their children. */
  processes(): Promise<number[]>;
  /** Ends all of those and removes the folder. */
  close(): Promise<void>;
}

/**
 * Makes a throw-away home: `await using home = await temporaryHome()`, or call `close()` in `afterAll`.
 * Nothing in it is shared with the machine's user or with another test.
 */
export async function temporaryHome(): Promise<Home> {
  const dir = await mkdtemp(path.join(tmpdir(), 'mcp-home-'));
  const runtimeDir = path.join(dir, '.mcp-runtime');
  const dataDir = path.join(dir, 'mcp-data');
  const registryPath = path.join(dir, '.mcp-servers.json');
  const hubPort = await freePort();
  const settingsPath = path.join(dir, '.mcp-cockpit.json');
  const writeSettings = (settings: Readonly<Record<string, unknown>>) =>
    writeFile(settingsPath, `${JSON.stringify({ hubPort, ...settings })}\n`, { mode: 0o600 });
  const writeRegistry = async (entries: Readonly<Record<string, unknown>>) => {
    if (!existsSync(settingsPath)) await writeSettings({});
    await writeFile(registryPath, `${JSON.stringify(entries, null, 2)}\n`, { mode: 0o600 });
  };
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    MCP_RUNTIME_DIR: runtimeDir,
    MCP_DATA_DIR: dataDir,
    MCP_TEST_RUN: process.env.MCP_TEST_RUN ?? '',
    LANG: 'C.UTF-8',
    NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/mcp-cockpit-tests'),
  };
  const start: Home['start'] = (command, args, { env: extra = {}, input, cwd = dir, guardMs } = {}) =>
    startProgram(process.execPath, [path.join(root, `dist/bin/${command}.cjs`), ...args], {
      cwd,
      env: definedOnly({ ...env, ...extra }),
      ...(input === undefined ? {} : { input }),
      ...(guardMs === undefined ? {} : { guardMs }),
    });
  const processes = () => processesWith('MCP_RUNTIME_DIR', runtimeDir);
  const close = async () => {
    await killAllWith('MCP_RUNTIME_DIR', runtimeDir);
    await rm(dir, { recursive: true, force: true });
  };
  return {
    dir,
    runtimeDir,
    dataDir,
    registryPath,
    hubPort,
    writeSettings,
    env,
    start,
    run: (command, args, options) => start(command, args, options).ended,
    writeRegistry,
    processes,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
