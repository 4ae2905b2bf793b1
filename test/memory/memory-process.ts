import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Home } from '../helpers/home.ts';
import { root } from '../helpers/root.ts';
import { type Running, startProgram } from '../helpers/running.ts';

export const program = path.join(root, 'src/bin/memory-server.ts');

/** A server lives as long as the tests of its file; a hang is still ended. */
const GUARD_MS = 300_000;

export interface Options {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Keeps its standard input open. */
  readonly holdInput?: boolean;
  /** No file of the program may become bigger than this many bytes: the nearest thing to a full disk. */
  readonly fileSizeLimit?: number;
}

/** The program itself, from its source. */
export function startMemoryProgram(home: Home, options: Options = {}): Running {
  const { args = [], env = {}, input, holdInput = false, fileSizeLimit } = options;
  const command = [process.execPath, program, ...args];
  const limited = fileSizeLimit === undefined ? command : ['prlimit', `--fsize=${fileSizeLimit}`, ...command];
  const [file = '', ...rest] = limited;
  return startProgram(file, rest, {
    cwd: home.dir,
    env: { ...home.env, ...env },
    guardMs: GUARD_MS,
    ...(input !== undefined && { input }),
    ...(holdInput && { stdio: 'pipe' }),
  });
}

export interface MemoryServer {
  readonly running: Running;
  /** The endpoint, with the port that the kernel chose. */
  readonly url: URL;
  readonly token: string;
}

/** The program serving HTTP, once it says that it listens. */
export async function startMemoryServer(home: Home, options: Options = {}): Promise<MemoryServer> {
  const running = startMemoryProgram(home, { ...options, args: ['--port', '0', ...(options.args ?? [])] });
  await running.printed(/listening on \S+/);
  const url = new URL(/listening on (\S+)/.exec(running.stderr())?.[1] ?? '');
  const tokenFile = options.env?.MCP_HUB_TOKEN_FILE ?? path.join(home.runtimeDir, 'hub-token');
  return { running, url, token: (await readFile(tokenFile, 'utf8')).trim() };
}

export const ERAS = ['legacy', { pin: '2026-07-28' }] as const;

/** A connected client of the SDK. */
export async function connectClient(
  { url, token }: Pick<MemoryServer, 'url' | 'token'>,
  mode: (typeof ERAS)[number],
): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  return client;
}

/** The text of a tool's answer. */
export function textOf(result: { readonly content: readonly unknown[] }): string {
  return result.content
    .map((block) => (typeof block === 'object' && block !== null && 'text' in block ? String(block.text) : ''))
    .join('\n');
}
