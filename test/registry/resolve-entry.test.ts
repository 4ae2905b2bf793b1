import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LaunchSpec } from '../../src/registry/launch-spec.ts';
import { type Paths, resolvePaths } from '../../src/registry/paths.ts';
import { problemSentence } from '../../src/registry/problem.ts';
import { parseRegistry } from '../../src/registry/read-registry.ts';
import { type ResolveContext, resolveEntry } from '../../src/registry/resolve-entry.ts';

let home: string;
let paths: Paths;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'mcp-resolve-'));
  const resolved = resolvePaths({ HOME: home });
  if (!resolved.ok) throw new Error(resolved.problem.what);
  paths = resolved.value;
  mkdirSync(join(home, 'weather'));
  writeFileSync(join(home, 'weather/.env'), 'FROM_FILE=file\nBOTH=file\nACCOUNT=acme-4711\n');
  writeFileSync(join(home, 'weather/bad.env'), 'A=1\nnonsense\n');
});
afterAll(() => rmSync(home, { recursive: true }));

function resolve(written: Record<string, unknown>, context: Partial<ResolveContext> = {}) {
  const { entries, problems } = parseRegistry(JSON.stringify({ weather: written }), 'r.json');
  const [state] = entries;
  if (!state?.entry) throw new Error(JSON.stringify([problems, state?.problems]));
  return resolveEntry('weather', state.entry, {
    env: {},
    paths,
    node: '/opt/node',
    cockpit: '/opt/cockpit',
    ...context,
  });
}

function spec(written: Record<string, unknown>, context: Partial<ResolveContext> = {}): LaunchSpec {
  const result = resolve(written, context);
  if (!result.ok) throw new Error(problemSentence(result.problem));
  return result.value;
}

function refusal(written: Record<string, unknown>, context: Partial<ResolveContext> = {}): string {
  const result = resolve(written, context);
  return result.ok ? 'resolved' : problemSentence(result.problem);
}

describe('defaults', () => {
  test('an entry with nothing but a command has every rule filled in', () => {
    expect(spec({ command: 'serve' })).toMatchObject({
      name: 'weather',
      title: 'weather',
      transport: 'stdio',
      run: { kind: 'shell', line: 'serve' },
      cwd: home,
      port: null,
      endpoint: '/mcp',
      url: null,
      headers: {},
      missingVariables: [],
      healthCheck: null,
      autostart: false,
      lazy: false,
      idleStopMs: null,
      restart: {
        policy: 'always',
        onUnhealthy: true,
        max: 10,
        windowMs: 600_000,
        initialMs: 1_000,
        maxMs: 60_000,
        factor: 2,
      },
      health: { intervalMs: 10_000, timeoutMs: 5_000, failures: 3, startupMs: 60_000 },
      stop: { signal: 'SIGTERM', graceMs: 10_000 },
      log: 'shared',
      profiles: [],
      sharing: 'auto',
      disabledTools: [],
      limits: { concurrency: 64, bytes: 16_777_216, timeoutMs: 600_000 },
      description: null,
    });
  });

  test('what is written counts, within bounds', () => {
    const written = {
      name: 'Weather',
      command: 'serve',
      port: 8060,
      transport: 'sse',
      idle_stop: '5m',
      restart: { policy: 'never', max: 3, window: 60, backoff: { initial: '2m', max: '1s' } },
      health: { interval: 0, timeout: '1s', failures: 1, startup: 0 },
      stop: { signal: 'SIGINT', grace: '1h' },
      profile: ['a', 'b', 'a'],
    };
    expect(spec(written)).toMatchObject({
      title: 'Weather',
      endpoint: '/sse',
      idleStopMs: 300_000,
      restart: { policy: 'never', max: 3, windowMs: 60_000, initialMs: 120_000, maxMs: 120_000 },
      health: { intervalMs: 100, timeoutMs: 1_000, failures: 1, startupMs: 0 },
      stop: { signal: 'SIGINT', graceMs: 300_000 },
      profiles: ['a', 'b'],
      sharing: 'auto',
      disabledTools: [],
      limits: { concurrency: 64, bytes: 16_777_216, timeoutMs: 600_000 },
      description: null,
    });
  });

  test.each([
    [{ command: 'x' }, 'stdio'],
    [{ command: 'x', port: 8060 }, 'http'],
    [{ url: 'https://x' }, 'remote'],
    [{ command: 'x', port: 8060, transport: 'stdio' }, 'stdio'],
  ])('%j is of transport %s', (written, transport) => {
    expect(spec(written).transport).toBe(transport);
  });
});

describe('the environment (R24)', () => {
  test('the starter’s counts less than the env file, that less than the entry, that less than this run’s', () => {
    const written = { command: 'x', path: '~/weather', env_file: '.env', env: { BOTH: 'entry', RUN: 'entry' } };
    const { env } = spec(written, {
      env: { FROM_FILE: 'shell', BOTH: 'shell', SHELL_ONLY: 'shell', RUN: 'shell' },
      runEnv: { RUN: 'run' },
    });
    expect(env).toMatchObject({ FROM_FILE: 'file', BOTH: 'entry', SHELL_ONLY: 'shell', RUN: 'run' });
  });

  test('a variable that is removed is gone at the next start', () => {
    expect(spec({ command: 'x', env: { A: '1' } }).env).toHaveProperty('A');
    expect(spec({ command: 'x' }).env).not.toHaveProperty('A');
  });

  test('what belongs to the starter’s terminal, npm run or supervisor stays behind; how much it says does not', () => {
    const { env } = spec(
      { command: 'x' },
      {
        env: {
          npm_config_registry: 'x',
          npm_lifecycle_event: 'start',
          INIT_CWD: '/x',
          NODE_OPTIONS: '--inspect',
          TERM: 'xterm',
          COLUMNS: '80',
          LINES: '24',
          MCP_SUP_ID: 'nonce',
          DEBUG: '*',
          LOG_LEVEL: 'debug',
          MCP_LOG_LEVEL: 'trace',
          LANG: 'C',
          EMPTY: '',
          GONE: undefined,
        },
      },
    );
    expect(env).toEqual({
      DEBUG: '*',
      LOG_LEVEL: 'debug',
      MCP_LOG_LEVEL: 'trace',
      LANG: 'C',
      EMPTY: '',
      PYTHONUNBUFFERED: '1',
      MCP_NODE: '/opt/node',
      MCP_COCKPIT: '/opt/cockpit',
      MCP_DATA_DIR: paths.dataDir,
      MCP_RUNTIME_DIR: paths.runtimeDir,
    });
  });

  test('npm’s own directories are taken off the PATH, everything else keeps its place', () => {
    const PATH =
      '/p/node_modules/.bin:/usr/local/bin:/lib/npm/@npmcli/run-script/lib/node-gyp-bin:/node_modules/.bin/:/usr/bin:';
    expect(spec({ command: 'x' }, { env: { PATH } }).env.PATH).toBe('/usr/local/bin:/usr/bin:');
  });

  test('PYTHONUNBUFFERED stays what somebody made it', () => {
    expect(spec({ command: 'x' }, { env: { PYTHONUNBUFFERED: '' } }).env.PYTHONUNBUFFERED).toBe('');
    expect(spec({ command: 'x', env: { PYTHONUNBUFFERED: '0' } }).env.PYTHONUNBUFFERED).toBe('0');
  });

  test.each([
    [{ port: 8060 }, {}, '8060'],
    [{ port: 8060 }, { PORT: '3000' }, '8060'],
    [{ port: 8060, env: { PORT: '9' } }, {}, '9'],
    [{ port: 8060, transport: 'stdio' }, {}, undefined],
    [{}, { PORT: '3000' }, '3000'],
  ])('PORT of %j started from %j is %j', (written, env, port) => {
    expect(spec({ command: 'x', ...written }, { env }).env.PORT).toBe(port);
  });

  test('values refer to the starter’s variables and to the env file', () => {
    const written = {
      command: 'x',
      path: '~/weather',
      env_file: '.env',
      env: { PATH: '~/bin:${PATH}', A: '${FROM_FILE}-${MCP_DATA_DIR}' },
    };
    expect(spec(written, { env: { PATH: '/x/node_modules/.bin:/usr/bin' } }).env).toMatchObject({
      PATH: `${home}/bin:/usr/bin`,
      A: `file-${paths.dataDir}`,
    });
  });
});

describe('what is run', () => {
  test('a program with arguments: variables and ~ are expanded, without a shell', () => {
    const written = { command: '${MCP_NODE}', args: ['~/x', '--dir=${MCP_DATA_DIR}', '${A:-two words}', '$${A}', '*'] };
    expect(spec(written).run).toEqual({
      kind: 'program',
      file: '/opt/node',
      args: [join(home, 'x'), `--dir=${paths.dataDir}`, 'two words', '${A}', '*'],
    });
  });

  test('a shell line is left to the shell, which finds every variable in its environment', () => {
    const { run, env } = spec(
      {
        command: 'printf "%s|" "${MCP_NODE}" "${env:SECRET}" ~ ${WORDS}',
        env: { SECRET: 'a "b" $c `d`', WORDS: '1 2' },
      },
      { env: { HOME: home, PATH: process.env.PATH } },
    );
    if (run?.kind !== 'shell') throw new Error('no shell line');
    expect(run.line).not.toContain('a "b"');
    expect(execFileSync('sh', ['-c', run.line], { env, encoding: 'utf8' })).toBe(
      `/opt/node|a "b" $c \`d\`|${home}|1|2|`,
    );
  });

  test('the directory: ~ and variables expand, a relative one is below home, a missing one is not our business', () => {
    expect(spec({ command: 'x', path: '~/none' }).cwd).toBe(join(home, 'none'));
    expect(spec({ command: 'x', path: 'none/here' }).cwd).toBe(join(home, 'none/here'));
    expect(spec({ command: 'x', path: '${WHERE}/x' }, { env: { WHERE: '/srv' } }).cwd).toBe('/srv/x');
  });

  test('a health check that is a URL is expanded, a command is left to the shell', () => {
    const port = { command: 'x', port: 8060 };
    expect(spec({ ...port, health_check: 'http://localhost:${PORT}/health' }).healthCheck).toBe(
      'http://localhost:8060/health',
    );
    expect(spec({ ...port, health_check: 'curl -f localhost:${PORT}' }).healthCheck).toBe('curl -f localhost:${PORT}');
  });
});

describe('refused, with what to do', () => {
  test.each([
    [{ command: 'x ${NONE}' }, 'weather: the variable NONE is not set: "command" refers to it → export NONE=…'],
    [{ command: '${NONE}', args: [] }, '"command" refers to it'],
    [{ command: 'x', args: ['a', '${NONE}'] }, '"args.1" refers to it'],
    [
      { command: 'x', env: { A: '${NONE}', B: '${OTHER}' } },
      'the variable NONE, OTHER is not set: "env.A" refers to it, and 1 more are missing',
    ],
    [{ command: 'x', path: '${NONE}' }, '"path" refers to it'],
    [{ command: 'x', port: 8060, health_check: 'http://${NONE}/' }, '"health_check" refers to it'],
  ])('%j: %s', (written, sentence) => {
    expect(refusal(written)).toContain(sentence);
  });

  test('an env file that is missing or malformed, with its place (F16)', () => {
    expect(refusal({ command: 'x', path: '~/weather', env_file: 'none.env' })).toContain(
      `weather: the env file ${join(home, 'weather/none.env')} does not exist`,
    );
    expect(refusal({ command: 'x', path: '~/weather', env_file: 'bad.env' })).toContain(
      `weather: ${join(home, 'weather/bad.env')}:2 is not of the form NAME=value`,
    );
  });

  test('a header that would smuggle in another', () => {
    const written = { url: 'https://x', headers: { 'X-Key': 'a${K}b' } };
    expect(refusal(written, { env: { K: '\r\nHost: evil' } })).toContain('the header "X-Key" contains a line break');
  });
});

describe('a remote server', () => {
  const written = { url: 'https://${HOST:-example.org}/mcp', headers: { Authorization: 'Bearer ${TOKEN}' } };

  test('gets its URL and headers expanded, and no process', () => {
    expect(spec(written, { env: { TOKEN: 'abcdef\n' } })).toMatchObject({
      transport: 'remote',
      run: null,
      env: {},
      url: 'https://example.org/mcp',
      headers: { Authorization: 'Bearer abcdef' },
      missingVariables: [],
    });
  });

  test('lists the variables that it lacks, empty ones too, instead of failing', () => {
    expect(spec(written).missingVariables).toEqual(['TOKEN']);
    expect(spec(written, { env: { TOKEN: '' } }).missingVariables).toEqual(['TOKEN']);
    expect(spec({ ...written, env: { TOKEN: '${NONE}' } }).missingVariables).toEqual(['NONE', 'TOKEN']);
  });

  test('the hub’s token goes to servers here and never to another machine', () => {
    const headers = { Authorization: 'Bearer ${MCP_HUB_TOKEN}' };
    const hubToken = 'hub-secret';
    const local = spec({ command: 'x', port: 8060, headers }, { hubToken });
    expect(local.headers).toEqual({ Authorization: 'Bearer hub-secret' });
    expect(local.secrets).toContain('hub-secret');
    expect(Object.values(local.env)).not.toContain('hub-secret');
    const remote = spec({ url: 'https://x', headers }, { hubToken });
    expect(remote.missingVariables).toEqual(['MCP_HUB_TOKEN']);
    expect(JSON.stringify(remote)).not.toContain('hub-secret');
  });
});

describe('secrets', () => {
  test('secret variables, what the env file holds, and tokens in headers are listed for masking', () => {
    const { secrets } = spec(
      {
        command: 'x',
        port: 8060,
        path: '~/weather',
        env_file: '.env',
        env: { API_KEY: '${SHELL_KEY}', LEVEL: 'info' },
        headers: { Authorization: 'Bearer abcdef' },
      },
      { env: { SHELL_KEY: 'key-123' } },
    );
    expect([...secrets].sort()).toEqual(['Bearer abcdef', 'abcdef', 'acme-4711', 'key-123']);
  });
});

describe('the fingerprint', () => {
  const written = { command: 'x', port: 8060, env: { A: '1', B: '2' } };

  test('is sixteen hexadecimal digits and the same in every shell, for every run and every order of keys', () => {
    const first = spec(written).hash;
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(spec(written, { env: { PATH: '/elsewhere', X: '1' }, runEnv: { DEBUG: '1' }, node: '/new/node' }).hash).toBe(
      first,
    );
    expect(spec({ env: { B: '2', A: '1' }, port: 8060, command: 'x' }).hash).toBe(first);
  });

  test('does not change with what applies without a restart', () => {
    const first = spec(written).hash;
    for (const also of [
      { description: 'd' },
      { tags: ['t'] },
      { autostart: true },
      { restart: { max: 1 } },
      { health: { failures: 1 } },
      { stop: { grace: 1 } },
      { name: 'N' },
    ]) {
      expect(spec({ ...written, ...also }).hash, JSON.stringify(also)).toBe(first);
    }
  });

  test('changes with everything that shapes the process', () => {
    const path = { path: '~/weather' };
    const variants = [
      written,
      { ...written, command: 'y' },
      { ...written, args: [] },
      { ...written, args: ['a'] },
      { ...written, ...path },
      { ...written, port: 8061 },
      { ...written, env: { A: '1' } },
      { ...written, env: { A: '1', B: '3' } },
      { ...written, transport: 'sse' },
      { ...written, endpoint: '/x' },
      { ...written, log: 'split' },
      { ...written, ...path, env_file: '.env' },
    ];
    expect(new Set(variants.map((variant) => spec(variant).hash)).size).toBe(variants.length);
  });

  test('changes when the env file does', () => {
    const file = join(home, 'weather/changing.env');
    const withFile = { command: 'x', env_file: file };
    writeFileSync(file, 'A=1\n');
    const first = spec(withFile).hash;
    writeFileSync(file, '# the same\nA="1"\n');
    expect(spec(withFile).hash).toBe(first);
    writeFileSync(file, 'A=2\n');
    expect(spec(withFile).hash).not.toBe(first);
  });
});
