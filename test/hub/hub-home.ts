import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { resolvePaths } from '../../src/registry/paths.ts';
import type { SupervisorApi } from '../../src/supervisor/api.ts';
import { connect } from '../../src/supervisor/connect.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { root } from '../helpers/root.ts';
import { LegacyClient, type LegacyOptions } from './legacy-client.ts';
import { ModernClient, type ModernOptions } from './modern-client.ts';

/** A home with a supervisor of its own in it, whose hub tests talk to. */
export interface HubHome extends AsyncDisposable {
  readonly home: Home;
  readonly api: SupervisorApi;
  readonly origin: string;
  readonly token: string;
  url(server: string): string;
  modern(server: string, options: Omit<ModernOptions, 'url' | 'token'>): ModernClient;
  /** Has shaken hands. */
  legacy(server: string, options: Omit<LegacyOptions, 'url' | 'token'>): Promise<LegacyClient>;
  close(): Promise<void>;
}

export interface HubHomeOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Which servers are started; default all. */
  readonly start?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Written into the home before anything starts: name and content. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function hubHome(
  entries: Readonly<Record<string, unknown>>,
  { settings = {}, start = ['all'], env = {}, files = {} }: HubHomeOptions = {},
): Promise<HubHome> {
  const home = await temporaryHome();
  try {
    await home.writeSettings(settings);
    await home.writeRegistry(entries);
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(home.dir, name), text);
    const started = await home.run('mcp', [...start, 'start'], { env });
    if (started.code !== 0) throw new Error(`nothing starts: ${started.stdout}${started.stderr}`);
    return await hubOf(home);
  } catch (error) {
    await home.close();
    throw error;
  }
}

/** The hub of a home in which a supervisor runs. */
export async function hubOf(home: Home): Promise<HubHome> {
  const api = await apiOf(home);
  const token = readFileSync(path.join(home.runtimeDir, 'hub-token'), 'utf8').trim();
  const origin = `http://127.0.0.1:${home.hubPort}`;
  const url = (server: string): string => `${origin}/${server}/mcp`;
  const close = async (): Promise<void> => {
    await api.shutdown({ all: true }).catch(() => undefined);
    await api.close();
    await home.close();
  };
  return {
    home,
    api,
    origin,
    token,
    url,
    modern: (server, options) => new ModernClient({ url: url(server), token, ...options }),
    legacy: (server, options) => LegacyClient.begin({ url: url(server), token, ...options }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function apiOf(home: Home): Promise<SupervisorApi> {
  const paths = resolvePaths(home.env);
  if (!paths.ok) throw new Error(paths.problem.what);
  const api = await connect({ paths: paths.value, env: { ...home.env } });
  if (!api) throw new Error('no supervisor runs');
  return api;
}

/** A registry entry for `fixtures/scripted-mcp.mjs`. */
export function scripted(options: readonly string[] = [], entry: Readonly<Record<string, unknown>> = {}): object {
  const args = [path.join(root, 'test/fixtures/scripted-mcp.mjs'), ...options];
  return { transport: 'stdio', command: process.execPath, args, ...entry };
}
