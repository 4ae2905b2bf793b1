import { describe, expect, test } from 'vitest';
import { codexFile } from '../../../src/registry/import/codex.ts';
import {
  anyFile,
  claudeCodeFile,
  claudeDesktopFile,
  cursorFile,
  type Format,
  geminiFile,
  vscodeFile,
} from '../../../src/registry/import/formats.ts';

const ORIGIN = { file: '/home/u/config', home: '/home/u', folder: null };

/** What a format makes of a text: entries by name, notes by name, and what was refused. */
function read(format: Format, text: string, folder: string | null = null) {
  const result = format(text, { ...ORIGIN, folder });
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  const { servers, refused } = result.value;
  return {
    entries: Object.fromEntries(servers.map(({ name, entry }) => [name, entry])),
    notes: Object.fromEntries(servers.flatMap(({ name, notes }) => (notes.length === 0 ? [] : [[name, notes]]))),
    refused,
  };
}

test('Claude Code: all scopes, each with the folder that its servers run in', () => {
  const { entries, notes, refused } = read(
    claudeCodeFile,
    JSON.stringify({
      numStartups: 7,
      mcpServers: {
        time: { type: 'stdio', command: 'uvx', args: ['mcp-server-time'], env: {} },
        far: { type: 'http', url: '${BASE:-https://x.example}/mcp', headers: { 'X-Key': '${KEY}' }, timeout: 90000 },
        helped: { type: 'http', url: 'https://y.example/mcp', headersHelper: 'get', oauth: { clientId: 'c' } },
        socket: { type: 'ws', url: 'wss://z.example' },
        nothing: { type: 'stdio' },
        text: 'x',
      },
      projects: {
        '/home/u/shop': {
          mcpServers: { db: { command: 'node', args: ['${CLAUDE_PROJECT_DIR}/db.js'], alwaysLoad: true } },
        },
        '/home/u/none': { allowedTools: [] },
      },
    }),
  );
  expect(entries).toEqual({
    time: { command: 'uvx', args: ['mcp-server-time'] },
    far: { url: '${BASE:-https://x.example}/mcp', headers: { 'X-Key': '${KEY}' }, limits: { timeout: '90000ms' } },
    helped: { url: 'https://y.example/mcp' },
    db: { path: '/home/u/shop', command: 'node', args: ['/home/u/shop/db.js'] },
  });
  expect(Object.keys(notes)).toEqual(['helped']);
  expect(notes.helped).toEqual([expect.stringContaining('headersHelper'), expect.stringContaining('OAuth')]);
  expect(refused).toEqual([
    { name: 'socket', why: 'servers of type "ws" are not supported' },
    { name: 'nothing', why: 'it has neither a "command" nor a "url"' },
    { name: 'text', why: 'it is no object' },
  ]);
});

test('Claude Desktop knows no variables: what looks like one is meant as it stands', () => {
  const text = '{ "mcpServers": { "a": { "command": "sh", "args": ["-c", "echo ${HOME} $USER"] } } }';
  expect(read(claudeDesktopFile, text).entries).toEqual({
    a: { command: 'sh', args: ['-c', 'echo $${HOME} $USER'] },
  });
});

test("Cursor: the editor's variables, an env file, comments", () => {
  const text = `{ // mine
    "mcpServers": {
      "a": { "command": "\${workspaceFolder}/run", "envFile": "\${userHome}/a.env", "env": { "T": "\${env:TOKEN}" } },
    }
  }`;
  expect(read(cursorFile, text, '/home/u/shop').entries).toEqual({
    a: {
      path: '/home/u/shop',
      command: '/home/u/shop/run',
      args: [],
      env_file: '/home/u/a.env',
      env: { T: '${env:TOKEN}' },
    },
  });
  const { entries, notes } = read(cursorFile, text);
  expect(entries.a).toMatchObject({ command: '$${workspaceFolder}/run' });
  expect(notes.a).toEqual(['${workspaceFolder} is known to the editor alone and was kept as it is']);
});

test('VS Code: what it asks for becomes a variable, and that is said in its own words', () => {
  const servers = {
    gh: { type: 'http', url: 'https://x.example', headers: { Authorization: 'Bearer ${input:gh-token}' } },
  };
  const inputs = [{ type: 'promptString', id: 'gh-token', description: 'GitHub token', password: true }];
  for (const file of [{ servers, inputs }, { mcp: { servers, inputs } }]) {
    const { entries, notes } = read(vscodeFile, JSON.stringify(file));
    expect(entries).toEqual({ gh: { url: 'https://x.example', headers: { Authorization: 'Bearer ${GH_TOKEN}' } } });
    expect(notes.gh).toEqual([expect.stringMatching(/"GitHub token".*GH_TOKEN/)]);
  }
});

test('Gemini CLI: $VAR, httpUrl, tool lists', () => {
  const { entries, notes } = read(
    geminiFile,
    JSON.stringify({
      theme: 'x',
      mcpServers: {
        a: { httpUrl: 'https://x.example/mcp', headers: { K: '$KEY' }, trust: true, includeTools: ['t'] },
        b: { command: 'b', cwd: '/srv', env: { A: '${A}' }, excludeTools: ['rm'], description: 'B things' },
      },
    }),
  );
  expect(entries).toEqual({
    a: { url: 'https://x.example/mcp', headers: { K: '${KEY}' } },
    b: {
      path: '/srv',
      command: 'b',
      args: [],
      env: { A: '${A}' },
      description: 'B things',
      tools: { disabled: ['rm'] },
    },
  });
  expect(notes.a).toHaveLength(2);
});

describe('Codex', () => {
  test('TOML, variables by name, times in seconds', () => {
    const { entries, notes } = read(
      codexFile,
      `model = "o5" # mine
      [mcp_servers.docs]
      command = "npx"
      args = ["-y", "docs", "\${X}"]
      env = { "MODE" = "fast" }
      env_vars = ["HOME_TOKEN", { name = "REMOTE", source = "remote" }]
      startup_timeout_sec = 20
      tool_timeout_sec = 1.5
      disabled_tools = ["rm"]
      [mcp_servers."far away"]
      url = "https://x.example/mcp"
      bearer_token_env_var = "FAR_TOKEN"
      enabled = false
      [mcp_servers."far away".http_headers]
      "X-A" = "1"
      [mcp_servers."far away".env_http_headers]
      "X-B" = "B_VAR"
      `,
    );
    expect(entries).toEqual({
      docs: {
        command: 'npx',
        args: ['-y', 'docs', '$${X}'],
        env: { HOME_TOKEN: '${HOME_TOKEN:-}', REMOTE: '${REMOTE:-}', MODE: 'fast' },
        limits: { timeout: '1.5s' },
        health: { startup: '20s' },
        tools: { disabled: ['rm'] },
      },
      'far away': {
        url: 'https://x.example/mcp',
        headers: { 'X-A': '1', 'X-B': '${B_VAR}', Authorization: 'Bearer ${FAR_TOKEN}' },
      },
    });
    expect(notes).toEqual({ 'far away': ['it was disabled there'] });
  });

  test('a file without servers has none; a broken one is told with its place and nothing of its text', () => {
    expect(read(codexFile, 'model = "x"').entries).toEqual({});
    const broken = codexFile('[mcp_servers.a]\nenv = { TOKEN = "s3cret\n', ORIGIN);
    expect(broken).toMatchObject({
      ok: false,
      problem: { what: expect.stringMatching(/^\/home\/u\/config:\d+:\d+ /) },
    });
    expect(JSON.stringify(broken)).not.toContain('s3cret');
  });
});

test('any file: mcpServers, servers, or the servers themselves', () => {
  const servers = { a: { command: 'x', args: ['${A}', '${env:B}', '${workspaceFolder}'] } };
  const wanted = { a: { command: 'x', args: ['${A}', '${env:B}', '$${workspaceFolder}'] } };
  for (const file of [{ mcpServers: servers }, { servers }, servers, { mcp: { servers } }]) {
    expect(read(anyFile, JSON.stringify(file)).entries).toEqual(wanted);
  }
});

test('keys that nobody knows are named', () => {
  const { notes } = read(anyFile, '{ "a": { "command": "x", "retries": 3, "disabled": false } }');
  expect(notes).toEqual({ a: ['"retries" is not taken over'] });
});

test.each([claudeCodeFile, claudeDesktopFile, cursorFile, vscodeFile, geminiFile, anyFile])(
  'a file that is no JSON is told with its place; an empty one has no servers',
  (format) => {
    expect(format('{\n  "a": \n', ORIGIN)).toMatchObject({
      ok: false,
      problem: { what: '/home/u/config:3:1 is not valid JSON' },
    });
    expect(format('', ORIGIN)).toEqual({ ok: true, value: { servers: [], refused: [] } });
  },
);
