import { once } from 'node:events';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { needs } from '../helpers/require.ts';
import { connectClient, ERAS, startMemoryProgram, startMemoryServer, textOf } from './memory-process.ts';

let home: Home;

beforeEach(async () => {
  home = await temporaryHome();
});
afterEach(() => home.close());

const run = (args: readonly string[], more: { env?: Record<string, string>; input?: string } = {}) =>
  startMemoryProgram(home, { args, ...more }).ended;

const EXPORT = {
  version: 1,
  memories: [
    { id: 'a', text: 'first "quoted" 🎉\n', tags: ['X', 'x '], createdAt: '2026-01-01T01:00:00+01:00' },
    { id: 'b', text: 'second', createdAt: '2026-01-02T00:00:00Z' },
  ],
};

describe('serving', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s ends it cleanly, streams and sessions included',
    async (signal) => {
      const server = await startMemoryServer(home);
      const clients = await Promise.all(ERAS.map((mode) => connectClient(server, mode)));
      await clients[0]?.callTool({ name: 'save_memory', arguments: { text: 'kept' } });
      server.running.child.kill(signal);
      expect(await server.running.ended).toMatchObject({ code: 0, signal: null, stdout: '' });
      expect(server.running.stderr().trim().split('\n')).toEqual([
        expect.stringContaining(`listening on ${server.url}`),
        expect.stringContaining(`stopped (${signal})`),
      ]);
      // Closed properly, the database needs no journal any more.
      expect(await readdir(home.dataDir)).toEqual(['memory.db']);
      await Promise.all(clients.map((client) => client.close()));
    },
  );

  test('a call under way when it is told to stop is still answered', async () => {
    const server = await startMemoryServer(home);
    const client = await connectClient(server, 'legacy');
    const lock = new DatabaseSync(path.join(home.dataDir, 'memory.db'));
    lock.exec('BEGIN IMMEDIATE');
    const saving = client.callTool({ name: 'save_memory', arguments: { text: 'in the last moment' } });
    // Answered behind the save: so the save has arrived.
    await client.callTool({ name: 'list_memories', arguments: {} });
    server.running.child.kill('SIGTERM');
    await expect
      .poll(
        () =>
          fetch(server.url).then(
            () => 'open',
            () => 'closed',
          ),
        { timeout: 30_000 },
      )
      .toBe('closed');
    lock.exec('COMMIT');
    lock.close();
    expect((await saving).isError).not.toBe(true);
    expect((await server.running.ended).code).toBe(0);
    expect((await run(['--export', '-'])).stdout).toContain('in the last moment');
  });

  test('a port that is taken is said in one sentence', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const port = String(Object(holder.address()).port);
    const { code, stderr } = await run([], { env: { PORT: port } });
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^memory-server: Port ${port} on 127.0.0.1 is already in use → .*--port\n$`));
    holder.close();
  });

  test('--port goes before PORT', async () => {
    const server = await startMemoryServer(home, { env: { PORT: '1' } });
    expect(server.url.port).not.toBe('1');
  });

  test('a token that others can read is refused at the start, in one sentence', async () => {
    const server = await startMemoryServer(home);
    server.running.child.kill();
    await server.running.ended;
    await chmod(path.join(home.runtimeDir, 'hub-token'), 0o644);
    const { code, stderr } = await run(['--port', '0']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^memory-server: .*others may read it.*chmod 600.*\n$/);
  });

  test('stdio ends when the client closes it', async () => {
    const { code, stdout } = await run(['--stdio'], { input: '' });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  test('stdio ends on a signal, though the client holds on', async () => {
    const server = startMemoryProgram(home, { args: ['--stdio'], holdInput: true });
    await server.printed(/serving standard input/);
    server.child.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ code: 0, signal: null });
  });

  test('stdio makes no token: nobody needs one', async () => {
    await run(['--stdio'], { input: '' });
    expect(await readdir(home.dir)).toEqual(['mcp-data']);
  });
});

describe('export and import', () => {
  test('what was exported is all there after an import elsewhere', async () => {
    const { code, stderr } = await run(['--import', '-'], { input: JSON.stringify(EXPORT) });
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'memory-server: imported 2 memories; 0 were there already\n' });
    const file = path.join(home.dir, 'export.json');
    expect(await run(['--export', file])).toMatchObject({ code: 0, stdout: '' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const exported = JSON.parse(await readFile(file, 'utf8'));
    expect(exported).toEqual({
      version: 1,
      exportedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      memories: [
        { id: 'a', text: 'first "quoted" 🎉\n', tags: ['x'], createdAt: '2026-01-01T00:00:00.000Z' },
        { id: 'b', text: 'second', tags: [], createdAt: '2026-01-02T00:00:00.000Z' },
      ],
    });

    await using other = await temporaryHome();
    await startMemoryProgram(other, { args: ['--import', file] }).ended;
    const again = await startMemoryProgram(other, { args: ['--import', file] }).ended;
    expect(again.stderr).toContain('imported 0 memories; 2 were there already');
    const { stdout } = await startMemoryProgram(other, { args: ['--export', '-'] }).ended;
    expect(JSON.parse(stdout).memories).toEqual(exported.memories);
  });

  test('both work beside a server that runs', async () => {
    const server = await startMemoryServer(home);
    const client = await connectClient(server, 'legacy');
    await client.callTool({ name: 'save_memory', arguments: { text: 'from the server' } });
    await run(['--import', '-'], { input: JSON.stringify(EXPORT) });
    expect(
      (await client.callTool({ name: 'search_memory', arguments: { query: 'second' } })).structuredContent,
    ).toMatchObject({
      memories: [{ id: 'b' }],
    });
    expect((await run(['--export', '-'])).stdout).toContain('from the server');
    await client.close();
  });

  test.each([
    ['no JSON', '{"version":1', /it is not JSON/],
    ['another document', '{"name":"x"}', /version: only version 1/],
    ['a newer version', '{"version":2,"memories":[]}', /version: only version 1/],
    ['no list', '{"version":1,"memories":{}}', /memories: expected a list/],
    [
      'a memory without an id',
      '{"version":1,"memories":[{"text":"x","createdAt":"2026-01-01T00:00:00Z"}]}',
      /memories\.0\.id: required/,
    ],
    [
      'an empty text',
      '{"version":1,"memories":[{"id":"1","text":" ","createdAt":"2026-01-01T00:00:00Z"}]}',
      /memories\.0\.text: empty/,
    ],
    [
      'no time',
      '{"version":1,"memories":[{"id":"1","text":"x","createdAt":"yesterday"}]}',
      /memories\.0\.createdAt: expected a time/,
    ],
    [
      'one bad memory among good ones',
      JSON.stringify({ version: 1, memories: [...EXPORT.memories, { id: 'c' }] }),
      /memories\.2\.text/,
    ],
  ])('%s is refused in one sentence, and nothing is imported', async (_, input, reason) => {
    const { code, stdout, stderr } = await run(['--import', '-'], { input });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^memory-server: Standard input is not an export of memories.*\n$/);
    expect(stderr).toMatch(reason);
    expect(await readdir(home.dir)).toEqual([]);
  });

  test('a file that is not there', async () => {
    const { code, stderr } = await run(['--import', '/nowhere/x.json']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^memory-server: \/nowhere\/x.json cannot be read: no such file.*\n$/);
  });

  test('a failed export leaves the old file and nothing beside it', async () => {
    const target = path.join(home.dir, 'export.json');
    await writeFile(target, 'old');
    await run(['--import', '-'], { input: JSON.stringify(EXPORT) });
    const { code, stderr } = await run(['--export', path.join(target, 'below-a-file.json')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^memory-server: .*cannot be written.*\n$/);
    expect(await readFile(target, 'utf8')).toBe('old');
    expect((await readdir(home.dir)).sort()).toEqual(['export.json', 'mcp-data']);
  });
});

describe('wrong use', () => {
  test.each([
    [['--port', 'eighty'], '"eighty" is not a port'],
    [['--port', '65536'], '"65536" is not a port'],
    [['--stdio', '--port', '1'], '--stdio and --port exclude each other'],
    [['--bogus'], "Unknown option '--bogus'"],
    [['extra'], "Unexpected argument 'extra'"],
    [['--import'], '--import'],
  ])('%j is refused with exit code 2', async (args, what) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(what);
    expect(stderr).toMatch(/^memory-server: [^\n]* → see memory-server --help\n$/);
  });

  test('--help tells how', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const word of ['--stdio', '--port', '--export', '--import', 'MCP_DATA_DIR', 'MCP_HUB_TOKEN_FILE', 'HOST']) {
      expect(stdout).toContain(word);
    }
  });
});

describe('places that cannot be used are said in one sentence', () => {
  test('a data directory that is a file', async () => {
    await writeFile(home.dataDir, '');
    const { code, stderr } = await run(['--port', '0']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^memory-server: .*mcp-data is not a directory.*\n$/);
  });

  test('no HOME', async () => {
    const { code, stderr } = await run(['--stdio'], { env: { HOME: '' }, input: '' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^memory-server: .*HOME is empty.*\n$/);
  });

  test.skipIf(needs('prlimit'))('a full disk: the save says so, and the server goes on', async () => {
    const server = await startMemoryServer(home, { fileSizeLimit: 300_000 });
    const client = await connectClient(server, 'legacy');
    const saved: string[] = [];
    for (;;) {
      const result = await client.callTool({ name: 'save_memory', arguments: { text: 'x'.repeat(50_000) } });
      if (result.isError) {
        expect(textOf(result)).toMatch(/memory\.db cannot be used: .* → /);
        break;
      }
      saved.push(String(Object(result.structuredContent).id));
    }
    const { structuredContent } = await client.callTool({ name: 'list_memories', arguments: { limit: 1 } });
    expect(structuredContent).toMatchObject({ total: saved.length });
    await client.close();
  });
});
