import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findOnPath } from '../../../src/claude/own-command.ts';
import { installShape, uninstallShape, whichShape } from '../../../src/cli/claude/json-shapes.ts';
import { ensureHubToken } from '../../../src/registry/hub-token.ts';
import { readStat } from '../../../src/supervisor/process/identity.ts';
import { type Home, temporaryHome } from '../../helpers/home.ts';
import { needs } from '../../helpers/require.ts';
import { startProgram } from '../../helpers/running.ts';
import { Terminal } from '../../helpers/terminal.ts';
import { type ClaudeHome, claudeHome } from './claude-home.ts';

let home: Home;
let claude: ClaudeHome;
beforeEach(async () => {
  home = await temporaryHome();
  claude = await claudeHome(home);
  await home.writeRegistry({
    time: { command: 'uvx', args: ['time', '--token', '${TOKEN}'] },
    'dotted.name': { url: 'https://x.example/mcp' },
  });
});
afterEach(() => home.close());

const run = (args: readonly string[], cwd = home.dir) => home.run('claude-mcp', args, { env: claude.env, cwd });
const hub = (path: string) => `http://127.0.0.1:${home.hubPort}${path}`;
const ours = () => ({ type: 'http', url: hub('/mcp'), headersHelper: 'claude-mcp headers' });
/** As Claude Code has it, with a copy of a server of ours, a server of somebody else, and much beside. */
const TEXT = `{
  "numStartups": 12,
  "mcpServers": {
    "time": { "command": "uvx", "args": ["time", "--token", "abc"] }, // mine
    "other": { "command": "other" }
  },
  "tipsHistory": { "a": 1 }
}
`;

test('one entry for all servers, no token in any file, everything else as it was', async () => {
  await writeFile(claude.claudeFile, TEXT);
  const installed = await run(['install']);
  expect(installed).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`wrote cockpit → ${hub('/mcp')}`),
  });
  const text = await readFile(claude.claudeFile, 'utf8');
  expect(text.replace(/,\s*"cockpit": \{[^}]*\}/, '')).toBe(TEXT);
  expect(text).toContain('"headersHelper": "claude-mcp headers"');
  expect((await run(['install'])).stdout).toContain('already there: cockpit');
  expect(await readFile(claude.claudeFile, 'utf8')).toBe(text);
});

test('the port of the settings, and a runtime directory of its own', async () => {
  await writeFile(path.join(home.dir, '.mcp-cockpit.json'), '{ "hubPort": 18123 }');
  await home.run('claude-mcp', ['install'], {
    env: { ...claude.env, MCP_RUNTIME_DIR: path.join(home.dir, 'run dir') },
  });
  expect(await claude.readClaude()).toEqual({
    mcpServers: {
      cockpit: {
        ...ours(),
        url: 'http://127.0.0.1:18123/mcp',
        headersHelper: `MCP_RUNTIME_DIR='${home.dir}/run dir' claude-mcp headers`,
      },
    },
  });
});

test('one entry for each server, by names that Claude Code takes', async () => {
  const { stdout } = await run(['install', '--per-server', '--json']);
  expect(installShape.parse(JSON.parse(stdout)).entries).toEqual([
    { name: 'time', url: hub('/time/mcp'), changed: true },
    { name: 'dotted_name', url: hub('/dotted.name/mcp'), changed: true },
  ]);
});

test('the other way of installing takes the place of the first, and back', async () => {
  const names = async () => Object.keys((await claude.readClaude()).mcpServers as object);
  await run(['install']);
  await run(['install', '--per-server']);
  expect(await names()).toEqual(['time', 'dotted_name']);
  await run(['install']);
  expect(await names()).toEqual(['cockpit']);
  await run(['install', '--undo']);
  expect((await names()).toSorted()).toEqual(['dotted_name', 'time']);
});

describe('copies of our servers', () => {
  test('are named off a terminal, and stay', async () => {
    await writeFile(claude.claudeFile, TEXT);
    expect((await run(['install'])).stderr).toMatch(/own copies of time \(user\) → claude-mcp install --replace/);
    expect(await claude.readClaude().catch(() => readFile(claude.claudeFile, 'utf8'))).toContain('"time"');
  });

  test('go with --replace, and come back with --undo, as they were', async () => {
    await writeFile(claude.claudeFile, TEXT);
    expect((await run(['install', '--replace'])).stdout).toContain('removed time (user scope');
    expect(
      Object.keys(JSON.parse((await readFile(claude.claudeFile, 'utf8')).replace('// mine', '')).mcpServers),
    ).toEqual(['other', 'cockpit']);
    const undone = await run(['install', '--undo', '--json']);
    expect(uninstallShape.parse(JSON.parse(undone.stdout)).entries.map(({ name, outcome }) => [name, outcome])).toEqual(
      [
        ['time', 'restored'],
        ['cockpit', 'removed'],
      ],
    );
    const { mcpServers } = JSON.parse((await readFile(claude.claudeFile, 'utf8')).replace('// mine', ''));
    expect(mcpServers).toEqual({
      other: { command: 'other' },
      time: { command: 'uvx', args: ['time', '--token', 'abc'] },
    });
    expect(await run(['install', '--undo'])).toMatchObject({ code: 3, stderr: expect.stringContaining('uninstall') });
  });

  test('are asked about on a terminal', async () => {
    await writeFile(claude.claudeFile, TEXT);
    const terminal = new Terminal(home, { program: 'claude-mcp', args: ['install'], env: claude.env, columns: 200 });
    await terminal.line(/Remove those entries\?/);
    terminal.type('y\r');
    expect((await terminal.ended).exitCode).toBe(0);
    expect(await readFile(claude.claudeFile, 'utf8')).not.toContain('"time"');
  });

  test('one of the same name in the same place makes room for --per-server only when it may go', async () => {
    await writeFile(claude.claudeFile, TEXT);
    expect(await run(['install', '--per-server'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--replace'),
    });
    expect(await readFile(claude.claudeFile, 'utf8')).toBe(TEXT);
    await run(['install', '--per-server', '--replace']);
    expect(await readFile(claude.claudeFile, 'utf8')).toContain(hub('/time/mcp'));
    await run(['uninstall']);
    expect(await readFile(claude.claudeFile, 'utf8')).toContain('"abc"');
  });
});

test('an entry of that name which is not ours is never touched', async () => {
  await writeFile(claude.claudeFile, '{ "mcpServers": { "cockpit": { "command": "mine" } } }');
  const refused = await run(['install', '--replace']);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('not ours') });
  expect(await claude.readClaude()).toEqual({ mcpServers: { cockpit: { command: 'mine' } } });
});

test('uninstall takes back every install, leaves alone what was changed since, and finds what nobody noted', async () => {
  const project = path.join(home.dir, 'shop');
  await mkdir(project);
  await run(['install']);
  await run(['install', '--scope', 'project'], project);
  await run(['install', '--scope', 'local'], project);
  const unnoted = { mcpServers: { another: ours() } };
  const { projects } = (await claude.readClaude()) as {
    projects: Record<string, { mcpServers: Record<string, object> }>;
  };
  const edited = { ...projects[project]?.mcpServers.cockpit, timeout: 5 };
  await writeFile(
    claude.claudeFile,
    JSON.stringify({
      ...(await claude.readClaude()),
      ...unnoted,
      projects: { [project]: { mcpServers: { cockpit: edited } } },
    }),
  );
  const { stdout, code } = await run(['uninstall', '--json'], project);
  expect(code).toBe(0);
  const { entries } = uninstallShape.parse(JSON.parse(stdout));
  expect(entries.map(({ name, scope, outcome }) => `${name} ${scope} ${outcome}`)).toEqual([
    'cockpit local kept',
    'cockpit project removed',
    'cockpit user removed',
    'cockpit local removed',
    'another user removed',
  ]);
  expect(await claude.readClaude()).toEqual({ mcpServers: {}, projects: { [project]: { mcpServers: {} } } });
  expect(JSON.parse(await readFile(path.join(project, '.mcp.json'), 'utf8'))).toEqual({ mcpServers: {} });
  expect((await run(['uninstall'])).stdout).toContain('nothing of ours');
});

test.each(['project', 'local'])('in %s scope it says that the folder must be trusted', async (scope) => {
  expect((await run(['install', '--scope', scope])).stderr).toContain('only once you trust the folder');
});

test('a project entry that would work on this machine alone is told', async () => {
  expect((await run(['install', '--scope', 'project'])).stderr).not.toContain('this machine');
  const here = await home.run('claude-mcp', ['install', '--scope', 'project']);
  expect(here.stderr).toContain('a path of this machine');
});

test('a broken file of Claude Code is left as it is', async () => {
  await writeFile(claude.claudeFile, '{ "mcpServers": ');
  for (const verb of ['install', 'uninstall', 'which']) {
    expect(await run([verb])).toMatchObject({ code: 4, stderr: expect.stringContaining('.claude.json:1:') });
  }
  expect(await readFile(claude.claudeFile, 'utf8')).toBe('{ "mcpServers": ');
});

describe("Claude Code's own command", () => {
  test('is what adds and removes entries where it is installed', async () => {
    await writeFile(claude.claudeFile, TEXT.replace(' // mine', ''));
    const log = path.join(home.dir, 'log');
    // Does for two names what the real one does, and notes how it was called.
    await claude.program(
      'claude',
      `printf '%s\\n' "$*" >> '${log}'
       node -e '
         const fs = require("fs"), [, verb, , , , name, json] = process.argv.slice(1), file = process.env.HOME + "/.claude.json";
         const all = JSON.parse(fs.readFileSync(file)); all.byClaude = true;
         if (verb === "remove") delete all.mcpServers[name]; else all.mcpServers[name] = JSON.parse(json);
         fs.writeFileSync(file, JSON.stringify(all));' "$@"`,
    );
    expect((await run(['install', '--replace'])).code).toBe(0);
    expect((await readFile(log, 'utf8')).trim().split('\n')).toEqual([
      `mcp add-json --scope user -- cockpit ${JSON.stringify(ours())}`,
      'mcp remove --scope user -- time',
    ]);
    expect(await claude.readClaude()).toMatchObject({
      byClaude: true,
      mcpServers: { cockpit: ours(), other: { command: 'other' } },
    });
  });

  test.each(['exit 1', 'exit 0'])('that does nothing (%s) is made up for by an edit', async (script) => {
    await claude.program('claude', script);
    expect((await run(['install'])).code).toBe(0);
    expect(await claude.readClaude()).toEqual({ mcpServers: { cockpit: ours() } });
  });

  const [real] = findOnPath('claude', process.env);
  const askClaude = async (verb: string) => {
    const env = { ...home.env, ...claude.env };
    const { ended } = startProgram(path.join(claude.bin, 'claude'), ['mcp', verb], { cwd: home.dir, env });
    return (await ended).stdout;
  };
  test.skipIf(needs('claude') !== null)('the real one lists and finds the entry', async () => {
    await claude.program('claude', `exec '${real}' "$@"`);
    expect((await run(['install'])).code).toBe(0);
    expect((await run(['install', '--scope', 'local'])).code).toBe(0);
    expect(await askClaude('list')).toContain(`cockpit: ${hub('/mcp')} (HTTP)`);
    const { entries } = whichShape.parse(JSON.parse((await run(['which', '--json'])).stdout));
    expect(entries.map(({ scope, counts }) => [scope, counts])).toEqual([
      ['local', true],
      ['user', false],
    ]);
    expect((await run(['uninstall'])).code).toBe(0);
    expect(JSON.stringify(await claude.readClaude())).not.toContain('headersHelper');
  });
});

test.skipIf(needs('claude') !== null)('the real one sends the token that our helper prints', async () => {
  const [real] = findOnPath('claude', process.env);
  await claude.program('claude', `exec '${real}' "$@"`);
  const seen: (string | undefined)[] = [];
  // This process plays hub and supervisor.
  const hub = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(hub, 'listening');
  const { port } = hub.address() as AddressInfo;
  await mkdir(home.runtimeDir, { mode: 0o700 });
  await writeFile(
    path.join(home.runtimeDir, 'supervisor.pid'),
    `${process.pid} ${readStat(process.pid)?.startTicks}\n`,
  );
  const token = ensureHubToken(home.runtimeDir);
  await writeFile(path.join(home.dir, '.mcp-cockpit.json'), JSON.stringify({ hubPort: port }));
  await run(['install']);
  const env = { ...home.env, ...claude.env };
  await startProgram(path.join(claude.bin, 'claude'), ['mcp', 'list'], { cwd: home.dir, env }).ended;
  hub.closeAllConnections();
  hub.close();
  expect(new Set(seen)).toEqual(new Set([`Bearer ${token}`]));
});

test('which: what counts, what is shadowed by what, and which servers are started twice; secrets masked', async () => {
  const project = path.join(home.dir, 'shop');
  await mkdir(project);
  await writeFile(
    claude.claudeFile,
    TEXT.replace('"other": { "command"', '"shared": { "command"').replace(' // mine', ''),
  );
  await writeFile(
    path.join(project, '.mcp.json'),
    '{ "mcpServers": { "shared": { "url": "https://u:geheim@x.example" } } }',
  );
  await run(['install', '--scope', 'local'], project);
  const { stdout } = await run(['which', '--json'], project);
  const { entries } = whichShape.parse(JSON.parse(stdout));
  expect(entries.map(({ name, scope, counts, ours, copyOf }) => ({ name, scope, counts, ours, copyOf }))).toEqual([
    { name: 'cockpit', scope: 'local', counts: true, ours: true, copyOf: null },
    { name: 'shared', scope: 'project', counts: true, ours: false, copyOf: null },
    { name: 'time', scope: 'user', counts: true, ours: false, copyOf: 'time' },
    { name: 'shared', scope: 'user', counts: false, ours: false, copyOf: null },
  ]);
  expect(entries[3]?.shadowedBy).toEqual({ scope: 'project', file: path.join(project, '.mcp.json'), line: 1 });
  const shown = await run(['which'], project);
  expect(shown.stdout).toContain('the project entry counts instead');
  expect(shown.stdout + stdout).not.toMatch(/geheim|abc/);
});

test('help, a wrong verb, a wrong scope', async () => {
  expect(await run([])).toMatchObject({ code: 0, stdout: expect.stringContaining('Examples:') });
  expect(await run(['instal'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^claude-mcp: .*did you mean install/),
  });
  expect(await run(['install', '--scope', 'all'])).toMatchObject({ code: 2 });
  for (const verb of [
    'install',
    'uninstall',
    'which',
    'headers',
    'memory',
    'send',
    'analyze',
    'hook',
    'shell-init',
    'git-hook',
    'status',
    'list',
  ]) {
    expect(await run([verb, '--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Examples:') });
  }
});
