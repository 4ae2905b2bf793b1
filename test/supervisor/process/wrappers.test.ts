import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { aliveStat } from '../../../src/supervisor/process/identity.ts';
import { terminate } from '../../../src/supervisor/process/terminate.ts';
import { realServer, type TreeMember, treeOf } from '../../../src/supervisor/process/tree.ts';
import { isWrapper } from '../../../src/supervisor/process/wrappers.ts';
import { type Arena, openArena, pidFile } from './arena.ts';

/** Says its pid when it is up; with `ignore` it takes no notice of being asked to end. */
const SERVER = `#!/usr/bin/env node
const handler = process.argv[2] === 'ignore' ? () => {} : () => process.exit(0);
process.on('SIGTERM', handler);
require('node:fs').writeFileSync('pid', process.pid + '\\n');
setInterval(() => {}, 1e6);
`;

/** As uv and others do: starts the rest of its command line, forwards signals, waits. */
const FORWARDER = `#!/usr/bin/env node
const [file, ...args] = process.argv.slice(2);
const child = require('node:child_process').spawn(file, args, { stdio: 'inherit' });
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
`;

/** A project whose package offers the command \`local-server\`, installed without any network. */
function makeProject(arena: Arena): void {
  const file = (name: string, text: string) => {
    const target = path.join(arena.dir, name);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text, { mode: 0o755 });
  };
  const bin = { 'local-server': 'server.cjs' };
  file(
    'package.json',
    JSON.stringify({
      name: 'project',
      version: '1.0.0',
      scripts: { start: 'local-server', deaf: 'local-server ignore' },
    }),
  );
  file('node_modules/local-server/package.json', JSON.stringify({ name: 'local-server', version: '1.0.0', bin }));
  file('node_modules/local-server/server.cjs', SERVER);
  mkdirSync(path.join(arena.dir, 'node_modules/.bin'));
  symlinkSync('../local-server/server.cjs', path.join(arena.dir, 'node_modules/.bin/local-server'));
  file('bin/uv', FORWARDER);
}

const DIRECT = 'node_modules/.bin/local-server';
const CHAINS = [
  ['sh -c X', `sh -c '${DIRECT} MODE'`],
  ["sh -c 'X; true'", `sh -c '${DIRECT} MODE; true'`],
  ['nested shells', `sh -c 'sh -c "sh -c \\"${DIRECT} MODE; true\\"; true"; true'`],
  ['npm start', 'npm run SCRIPT'],
  ['npm exec', 'npm exec -- local-server MODE'],
  ['npx', 'npx local-server MODE'],
  ['a uv-like launcher', `bin/uv sh -c '${DIRECT} MODE; true'`],
  ['a launcher in a launcher', `bin/uv npx local-server MODE`],
] as const;

const offline = { npm_config_update_notifier: 'false', npm_config_offline: 'true', npm_config_loglevel: 'error' };

describe.each(CHAINS)('through %s (F23)', (_, chain) => {
  test.each([
    ['a server that ends when asked', 'normal', 'start', 20_000],
    ['a server that ignores it', 'ignore', 'deaf', 300],
  ] as const)('%s is told from its launchers and leaves nothing', async (_name, mode, script, graceMs) => {
    await using arena = await openArena();
    makeProject(arena);
    const run = await arena.start(chain.replace('MODE', mode).replace('SCRIPT', script), { env: offline });
    const server = await pidFile(arena, 'pid');
    const tree = treeOf(run.identity);
    expect(realServer(tree, run.pid)).toBe(server);
    expect(tree.length).toBeGreaterThan(1);
    const { signalled, survivors } = await terminate(run.identity, { signal: 'SIGTERM', graceMs });
    expect(survivors).toEqual([]);
    expect(aliveStat(server)).toBeNull();
    expect(await arena.pids()).toEqual([]);
    expect(signalled.some((sent) => sent.pid === server && sent.signal === 'SIGKILL')).toBe(mode === 'ignore');
  });
});

describe('the real server of a tree', () => {
  const tree = (...rows: [pid: number, ppid: number, command: string][]): TreeMember[] =>
    rows.map(([pid, ppid, command]) => ({ pid, ppid, command }));

  test.each([
    ['of nothing', tree(), null],
    ['that runs under the recorder alone', tree([1, 0, 'sh -c node a.js'], [2, 1, 'node a.js']), 2],
    [
      'is not one of its workers',
      tree([1, 0, 'sh -c x'], [2, 1, 'node a.js'], [3, 2, 'node w.js'], [4, 2, 'python w.py']),
      2,
    ],
    [
      'behind npm and its shell',
      tree([1, 0, 'sh -c npm start'], [2, 1, 'npm start'], [3, 2, 'sh -c tsx a.ts'], [4, 3, 'node tsx']),
      4,
    ],
    ['that is a shell script', tree([1, 0, 'sh -c ./a.sh'], [2, 1, '/bin/sh ./a.sh']), 2],
    ['that became a daemon', tree([1, 0, 'sh -c d'], [9, 1000, 'sh -c d'], [10, 9, '/usr/bin/d --daemon']), 10],
    ['whose leader is gone', tree([5, 1000, 'uvx server'], [6, 5, '/venv/bin/python server.py']), 6],
  ])('%s', (_, members, server) => {
    expect(realServer(members, 1)).toBe(server);
  });

  test.each([
    ['/bin/sh ./run.sh', true],
    ['-bash', true],
    ['npm exec some-server', true],
    ['node /usr/lib/node_modules/npm/bin/npx-cli.js -y x', true],
    ['/usr/bin/node /usr/bin/pnpm.cjs dlx x', true],
    ['/root/.local/bin/uvx mcp-server-git', true],
    ['python3 /usr/bin/pipx run x', true],
    ['node server.js', false],
    ['python -m mcp_server', false],
    ['/opt/npm-server/bin/serve', false],
    ['shell-server', false],
    ['', false],
  ])('"%s": a launcher is %s', (command, wrapper) => {
    expect(isWrapper(command)).toBe(wrapper);
  });
});
