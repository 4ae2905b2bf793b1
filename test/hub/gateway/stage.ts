import { createRequire } from 'node:module';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { openHub } from '../../../src/hub/hub.ts';
import { readHubToken } from '../../../src/registry/hub-token.ts';
import { resolvePaths } from '../../../src/registry/paths.ts';
import type { SupervisorApi, UnitState } from '../../../src/supervisor/api.ts';
import { openInProcess } from '../../../src/supervisor/open-here.ts';
import { type Home, temporaryHome } from '../../helpers/home.ts';
import { root } from '../../helpers/root.ts';
import { waitFor } from '../../helpers/wait.ts';

type Entries = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A supervisor of this process with servers that run, and clients of both SDKs. */
export interface Stage extends AsyncDisposable {
  readonly home: Home;
  readonly api: SupervisorApi;
  readonly token: string;
  url(endpoint: string): string;
  /** A client of 2026-07-28. */
  modern(endpoint: string, capabilities?: object): Promise<Client>;
  /** A client of 2025-11-25, on the SDK of that time. */
  legacy(endpoint: string, capabilities?: object): Promise<OldClient>;
  /** A bare modern request. */
  ask(endpoint: string, method: string, params?: object, options?: AskOptions): Promise<Asked>;
  until(server: string, state: UnitState): Promise<void>;
}

interface AskOptions {
  readonly capabilities?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked at by the test
  readonly result: any;
  readonly error: { readonly code: number; readonly message: string } | undefined;
}

export async function stage(
  entries: Entries,
  {
    settings = {},
    start = Object.keys(entries),
    wait = true,
  }: {
    settings?: object;
    start?: readonly string[];
    wait?: boolean;
  } = {},
): Promise<Stage> {
  const home = await temporaryHome();
  await home.writeRegistry(entries);
  await home.writeSettings({ ...settings });
  const paths = resolvePaths(home.env);
  if (!paths.ok) throw new Error(paths.problem.what);
  const api = await openInProcess({ paths: paths.value, env: { ...home.env }, openHub });
  if (start.length > 0) await api.start(start, { waitMs: wait ? null : 0 });
  const token = readHubToken(home.runtimeDir) ?? '';
  const url = (endpoint: string) => `http://127.0.0.1:${home.hubPort}${endpoint}`;
  const headers = { authorization: `Bearer ${token}` };
  const open: { close(): Promise<void> }[] = [];
  return {
    home,
    api,
    token,
    url,
    modern: async (endpoint, capabilities = {}) => {
      const versionNegotiation = { mode: { pin: '2026-07-28' } } as const;
      const client = new Client({ name: 'new', version: '1' }, { capabilities, versionNegotiation });
      open.push(client);
      await client.connect(new StreamableHTTPClientTransport(new URL(url(endpoint)), { requestInit: { headers } }));
      return client;
    },
    legacy: async (endpoint, capabilities = {}) => {
      const client = new OldClient({ name: 'old', version: '1' }, { capabilities });
      open.push(client);
      const transport = new OldTransport(new URL(url(endpoint)), { requestInit: { headers } });
      await client.connect(transport as Parameters<OldClient['connect']>[0]);
      return client;
    },
    ask: async (endpoint, method, params = {}, { capabilities = {}, headers: more = {} } = {}) => {
      const meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': capabilities,
        'io.modelcontextprotocol/clientInfo': { name: 'bare', version: '1' },
      };
      const named = Object.entries(params).find(([key]) => key === (method === 'resources/read' ? 'uri' : 'name'))?.[1];
      const response = await fetch(url(endpoint), {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': method,
          ...(named && /^(tools\/call|prompts\/get|resources\/read)$/.test(method) && { 'mcp-name': named }),
          ...more,
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
      });
      const { result, error } = (await response.json()) as Omit<Asked, 'status'>;
      return { status: response.status, result, error };
    },
    until: async (server, state) => {
      await waitFor(`${server} to be ${state}`, async () =>
        (await api.snapshot()).units.some((unit) => unit.name === server && unit.state === state),
      );
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of open) await client.close().catch(() => undefined);
      await api.shutdown({ all: true });
      await api.close();
      await home.close();
    },
  };
}

const require = createRequire(import.meta.url);
const script = path.join(root, 'test/fixtures/offering-mcp.mjs');

/** An entry for `fixtures/offering-mcp.mjs` on stdio. */
export function offering(offer: object, entry: object = {}): Record<string, unknown> {
  return { transport: 'stdio', command: process.execPath, args: [script, 'stdio', JSON.stringify(offer)], ...entry };
}

/** The same on HTTP. */
export function offeringHttp(port: number, offer: object, entry: object = {}): Record<string, unknown> {
  return {
    transport: 'http',
    port,
    command: process.execPath,
    args: [script, 'http', JSON.stringify(offer)],
    ...entry,
  };
}

export function everything(entry: object = {}): Record<string, unknown> {
  const program = require.resolve('@modelcontextprotocol/server-everything/dist/index.js');
  return { transport: 'stdio', command: process.execPath, args: [program, 'stdio'], ...entry };
}

export function filesystem(folder: string, entry: object = {}): Record<string, unknown> {
  const program = require.resolve('@modelcontextprotocol/server-filesystem/dist/index.js');
  return { transport: 'stdio', command: process.execPath, args: [program, folder], ...entry };
}
