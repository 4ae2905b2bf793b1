import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Home } from '../helpers/home.ts';
import { temporaryHome } from '../helpers/home.ts';
import { needs } from '../helpers/require.ts';
import { startProgram } from '../helpers/running.ts';
import { tinyStdio } from '../helpers/tiny.ts';

/** Programs of other people, unchanged, as their users run them. */
let home: Home;
let token: string;

beforeAll(async () => {
  home = await temporaryHome();
  await home.writeRegistry({ tiny: tinyStdio() });
  expect((await home.run('mcp', ['all', 'start'])).code).toBe(0);
  token = (await readFile(path.join(home.runtimeDir, 'hub-token'), 'utf8')).trim();
});

afterAll(() => home.close());

const run = async (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { ended } = startProgram(program, args, { cwd: home.dir, env: { ...home.env, ...env } });
  return await ended;
};

it.skipIf(needs('claude'))("Claude Code's own list shows what claude-mcp installed as connected", async () => {
  expect((await home.run('claude-mcp', ['install', '--per-server'])).code).toBe(0);
  const each = await run('claude', ['mcp', 'list']);
  expect(each.stdout).toMatch(/tiny: http:\/\/127\.0\.0\.1:\d+\/tiny\/mcp \(HTTP\) - .*Connected/);
  expect((await home.run('claude-mcp', ['install'])).code).toBe(0);
  const all = await run('claude', ['mcp', 'list']);
  expect(all.stdout).toMatch(/cockpit: http:\/\/127\.0\.0\.1:\d+\/mcp \(HTTP\) - .*Connected/);
  expect(all.stdout).not.toContain('/tiny/mcp');
  expect((await home.run('claude-mcp', ['uninstall'])).code).toBe(0);
});

describe.skipIf(needs('mcpdo'))("the Inspector's command line", () => {
  it.each([
    ['/mcp', 'legacy', 'tiny__tool_0'],
    ['/mcp', 'auto', 'tiny__tool_0'],
    ['/tiny/mcp', 'legacy', 'tool_0'],
    ['/tiny/mcp', 'auto', 'tool_0'],
  ])('connects to %s (%s), lists the tools and calls one', async (endpoint, era, tool) => {
    const env = await inspectorEnvironment();
    const mcpdo = (...args: string[]) => run('mcpdo', ['--connection', 'hub', ...args, '--format', 'json'], env);
    const url = `http://127.0.0.1:${home.hubPort}${endpoint}`;
    const header = `Authorization: Bearer ${token}`;
    const connected = await mcpdo('connect', url, '--transport', 'http', '--era', era, '--header', header);
    expect(connected.code, connected.stderr).toBe(0);
    const { tools } = JSON.parse((await mcpdo('tools/list')).stdout) as { tools: { name: string }[] };
    expect(tools.map(({ name }) => name)).toContain(tool);
    const called = await mcpdo('tools/call', tool, 'text:=hello');
    expect(called.stdout).toContain('tool_0');
    expect(called.stdout).toContain('hello');
    await run('mcpdo', ['daemon', 'stop'], env);
  });
});

describe.each(['/mcp', '/tiny/mcp'])('the SDKs on %s', (endpoint) => {
  const tool = endpoint === '/mcp' ? 'tiny__tool_0' : 'tool_0';
  const target = () => new URL(`http://127.0.0.1:${home.hubPort}${endpoint}`);
  const options = () => ({ requestInit: { headers: { authorization: `Bearer ${token}` } } });
  const said = 'tool_0 {"text":"hello"}';

  it('the one of 2025 works', async () => {
    const client = new OldClient({ name: 'old', version: '1' });
    const transport = new OldTransport(target(), options());
    await client.connect(transport as Parameters<OldClient['connect']>[0]);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain(tool);
    expect(JSON.stringify(await client.callTool({ name: tool, arguments: { text: 'hello' } }))).toContain(
      JSON.stringify(said).slice(1, -1),
    );
    await transport.terminateSession();
    await client.close();
  });

  it.each(['legacy', 'auto'] as const)('the one of 2026 works in its mode %s', async (mode) => {
    const client = new Client({ name: 'new', version: '1' }, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(target(), options()));
    expect(client.getProtocolEra()).toBe(mode === 'auto' ? 'modern' : 'legacy');
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain(tool);
    const { content } = await client.callTool({ name: tool, arguments: { text: 'hello' } });
    expect(content).toMatchObject([{ text: expect.stringContaining(said) }]);
    await client.close();
  });
});

/** A daemon of the Inspector for this test alone. */
async function inspectorEnvironment(): Promise<Record<string, string>> {
  const { stdout } = await run('mcpdo', ['private']);
  const exports = [...stdout.matchAll(/^export (\w+)=['"]?([^'"\n;]+)['"]?;?$/gm)];
  expect(exports.length).toBeGreaterThan(0);
  return {
    MCP_INSPECTOR_SECRET_STORE: 'memory',
    ...Object.fromEntries(exports.map(([, name = '', value = '']) => [name, value])),
  };
}
