import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureRegistry } from '../../src/registry/ensure-registry.ts';
import { type Paths, resolvePaths } from '../../src/registry/paths.ts';
import { readRegistryFile } from '../../src/registry/read-registry.ts';
import { resolveEntry } from '../../src/registry/resolve-entry.ts';
import { readSettings } from '../../src/registry/settings.ts';
import { root } from '../helpers/root.ts';
import { startProgram } from '../helpers/running.ts';

let paths: Paths;
beforeEach(() => {
  const resolved = resolvePaths({ HOME: mkdtempSync(join(tmpdir(), 'mcp-first-')) });
  if (!resolved.ok) throw new Error(resolved.problem.what);
  paths = resolved.value;
});
afterEach(() => rmSync(paths.home, { recursive: true, force: true }));

const freeExcept = (...held: number[]) => ({ isFree: async (port: number) => !held.includes(port) });
const ports = () => readRegistryFile(paths.registryFile).entries.map(({ entry }) => entry?.port);

describe('the first registry', () => {
  test('has three servers on their usual ports, is private, and its file server has a folder', async () => {
    expect(await ensureRegistry(paths, freeExcept())).toEqual({ ok: true, value: { created: true, warnings: [] } });
    const { entries } = readRegistryFile(paths.registryFile);
    expect(entries.map(({ name, entry }) => [name, entry?.transport, entry?.port, entry?.autostart ?? false])).toEqual([
      ['mem0', 'http', 8050, true],
      ['filesystem', 'stdio', 8051, true],
      ['github', 'remote', 8052, false],
    ]);
    expect(statSync(paths.registryFile).mode & 0o777).toBe(0o600);
    expect(statSync(join(paths.dataDir, 'files')).isDirectory()).toBe(true);
    expect(readdirSync(paths.home).sort()).toEqual(['.mcp-servers.json', 'mcp-data']);
  });

  test('can be run as it stands: nothing is left to expand, only the token is missing', async () => {
    await ensureRegistry(paths, freeExcept());
    const context = { env: {}, paths, node: '/opt/node', cockpit: '/opt/cockpit', hubToken: 'local-token' };
    const specs = readRegistryFile(paths.registryFile).entries.map(({ name, entry }) => {
      if (entry === null) throw new Error(`${name} is broken`);
      const spec = resolveEntry(name, entry, context);
      if (!spec.ok) throw new Error(spec.problem.what);
      return spec.value;
    });
    expect(specs.map(({ run, missingVariables }) => ({ run, missingVariables }))).toEqual([
      {
        run: { kind: 'program', file: '/opt/node', args: ['/opt/cockpit/dist/memory-server.js'] },
        missingVariables: [],
      },
      {
        run: {
          kind: 'program',
          file: '/opt/node',
          args: ['/opt/cockpit/dist/filesystem-server.js', join(paths.dataDir, 'files')],
        },
        missingVariables: [],
      },
      { run: null, missingVariables: ['GITHUB_PERSONAL_ACCESS_TOKEN'] },
    ]);
  });
});

test.each([
  [[8050], [8053, 8051, 8052]],
  [
    [8051, 8053],
    [8050, 8054, 8052],
  ],
  [
    [8050, 8051, 8052, 8054],
    [8053, 8055, 8056],
  ],
])('where %j are held, the servers get %j, and keep them', async (held, chosen) => {
  await ensureRegistry(paths, freeExcept(...held));
  expect(ports()).toEqual(chosen);
  await ensureRegistry(paths, freeExcept());
  expect(ports()).toEqual(chosen);
});

test('where every port is held, the usual ones are written', async () => {
  await ensureRegistry(paths, { isFree: async () => false });
  expect(ports()).toEqual([8050, 8051, 8052]);
});

test.each(['', '{', '{"a": {"command": "x"}}'])('a file that is there stays: %j', async (text) => {
  writeFileSync(paths.registryFile, text);
  expect(await ensureRegistry(paths, freeExcept())).toMatchObject({ value: { created: false } });
  expect(readFileSync(paths.registryFile, 'utf8')).toBe(text);
  expect(existsSync(paths.dataDir)).toBe(false);
});

test('a link that leads nowhere stays too: nothing is made behind it', async () => {
  symlinkSync('dotfiles/servers.json', paths.registryFile);
  expect(await ensureRegistry(paths, freeExcept())).toMatchObject({ value: { created: false } });
  expect(readdirSync(paths.home)).toEqual(['.mcp-servers.json']);
});

test('a data directory that cannot be made is a warning; the registry is written all the same', async () => {
  writeFileSync(paths.dataDir, 'in the way');
  const ensured = await ensureRegistry(paths, freeExcept());
  expect(ensured).toMatchObject({
    ok: true,
    value: { created: true, warnings: [{ what: `${paths.dataDir} is not a directory` }] },
  });
});

test('a home that cannot be written to is one problem', async () => {
  const ensured = await ensureRegistry({ ...paths, registryFile: '/proc/none/.mcp-servers.json' }, freeExcept());
  expect(ensured).toMatchObject({ ok: false, problem: { what: '/proc/none/.mcp-servers.json cannot be written' } });
});

test('of six processes that write it at the same moment exactly one does', async () => {
  const program = join(root, 'test/fixtures/registry/ensure-registry.ts');
  const env = { ...process.env, HOME: paths.home, MCP_RUNTIME_DIR: '', MCP_DATA_DIR: '' };
  const running = Array.from({ length: 6 }, () =>
    startProgram(process.execPath, [program], { env, stdio: ['pipe', 'pipe', 'pipe'] }),
  );
  await Promise.all(running.map((one) => one.printed(/ready/)));
  for (const { child } of running) child.stdin?.end();
  const said = (await Promise.all(running.map(({ ended }) => ended))).map(({ stdout }) =>
    stdout.replace('ready\n', ''),
  );
  expect(said.sort()).toEqual([...Array<string>(5).fill('created: false\n'), 'created: true\n']);
  expect(readRegistryFile(paths.registryFile)).toMatchObject({ status: 'good', entries: { length: 3 } });
  expect(readdirSync(paths.home).sort()).toEqual(['.mcp-servers.json', 'mcp-data']);
});

describe('the port of the hub', () => {
  const settings = () => JSON.parse(readFileSync(paths.settingsFile, 'utf8'));

  test('is left to its default where that is free', async () => {
    await ensureRegistry(paths, freeExcept());
    expect(existsSync(paths.settingsFile)).toBe(false);
  });

  test('is the next free one where somebody holds it, and is kept', async () => {
    await ensureRegistry(paths, freeExcept(8049, 8051, 8053));
    expect(ports()).toEqual([8050, 8054, 8052]);
    expect(settings()).toEqual({ hubPort: 8055 });
    expect(statSync(paths.settingsFile).mode & 0o777).toBe(0o600);
    expect(readSettings(paths.settingsFile).settings.hub.port).toBe(8055);
  });

  test('is what the settings say, and their comments stay', async () => {
    writeFileSync(paths.settingsFile, '{ "hubPort": 8053 }');
    await ensureRegistry(paths, freeExcept(8049, 8051));
    expect(ports()).toEqual([8050, 8054, 8052]);
    expect(settings()).toEqual({ hubPort: 8053 });
    rmSync(paths.registryFile);
    writeFileSync(paths.settingsFile, '{\n  // mine\n  "idleExit": "1h"\n}\n');
    await ensureRegistry(paths, freeExcept(8049));
    expect(readFileSync(paths.settingsFile, 'utf8')).toBe('{\n  // mine\n  "idleExit": "1h",\n  "hubPort": 8053\n}\n');
  });

  test('is not written into settings that are broken', async () => {
    writeFileSync(paths.settingsFile, '{ "idleExit": ');
    const ensured = await ensureRegistry(paths, freeExcept(8049));
    expect(ensured).toMatchObject({ value: { created: true, warnings: [{ next: 'set "hubPort": 8053 there' }] } });
    expect(readFileSync(paths.settingsFile, 'utf8')).toBe('{ "idleExit": ');
  });
});
