import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tinyHttp } from '../helpers/tiny.ts';
import { quietPort } from './quiet-port.ts';
import { onStage } from './stage.ts';

/** Somebody else on the port: this very process, answering every request like a server would. */
async function squat(port: number): Promise<Server> {
  const server = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":"2.0","id":1,"result":{}}'),
  ).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function leave(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

test('F10 a port that is held before the start blocks it, names the holder, and the start goes on once it is free', async () => {
  const port = await quietPort();
  await onStage({ web: tinyHttp(port) }, async (stage) => {
    const squatter = await squat(port);
    const { code, stdout } = await stage.mcp('web start');
    expect(code).toBe(1);
    expect(stdout).toContain(`port ${port} is in use`);
    expect(stdout).toContain(`held by pid ${process.pid}`);
    expect(await stage.server('web')).toMatchObject({ state: 'blocked', desired: 'running', pid: null, retry: null });
    await leave(squatter);
    expect(await stage.until('web', 'ready')).toMatchObject({ restarts: 0, cause: null });
  });
});

test('F10 a stop while the port is held is not forgotten when the port becomes free', async () => {
  const port = await quietPort();
  await onStage({ web: tinyHttp(port), other: tinyHttp(await quietPort()) }, async (stage) => {
    const squatter = await squat(port);
    await stage.mcp('web start');
    expect((await stage.mcp('web stop')).code).toBe(0);
    await leave(squatter);
    // The looks that would start it happen with those that start a unit blocked later: wait for one of these.
    const second = await squat(port);
    await stage.register({ web: tinyHttp(await quietPort()), other: tinyHttp(port) });
    await stage.mcp('other start');
    await stage.until('other', 'blocked');
    await leave(second);
    await stage.until('other', 'ready');
    expect(await stage.server('web')).toMatchObject({ state: 'stopped', desired: 'stopped', pid: null });
  });
});

test('F11 a port that is stolen between the look and the bind never makes the server ready, and the thief is named', async () => {
  const port = await quietPort();
  await onStage({}, async (stage) => {
    const go = join(stage.home.dir, 'go');
    await stage.register({ web: tinyHttp(port, [`wait-for=${go}`, 'insist=1']) });
    await stage.mcp('web start --no-wait');
    await stage.until('web', ({ state, pid }) => state === 'starting' && pid !== null);
    const thief = await squat(port);
    await writeFile(go, '');
    const seen = await stage.until('web', ({ cause }) => cause?.holder !== undefined);
    expect(seen.state).toBe('starting');
    expect(seen.cause?.what).toContain(`port ${port} was taken by another process`);
    expect(seen.cause?.holder).toContain(`held by pid ${process.pid}`);
    await leave(thief);
    await stage.until('web', 'ready');
    const { history } = await (await stage.api()).describe('web');
    expect(history.filter(({ kind }) => kind === 'ready')).toHaveLength(1);
  });
});

test('F11 a server that gives up on the stolen port is started again once the thief has left', async () => {
  const port = await quietPort();
  await onStage({}, async (stage) => {
    const go = join(stage.home.dir, 'go');
    await stage.register({ web: tinyHttp(port, [`wait-for=${go}`]) });
    await stage.mcp('web start --no-wait');
    await stage.until('web', ({ state, pid }) => state === 'starting' && pid !== null);
    const thief = await squat(port);
    await writeFile(go, '');
    const blocked = await stage.until('web', 'blocked');
    expect(blocked.lastExit).toMatchObject({ code: 1 });
    expect(blocked.cause?.holder).toContain(`held by pid ${process.pid}`);
    await leave(thief);
    await stage.until('web', 'ready');
  });
});

test('F12 two servers with one port are reported by name, and the one that runs goes on', async () => {
  const port = await quietPort();
  await onStage({ first: tinyHttp(port) }, async (stage) => {
    await stage.mcp('first start');
    const { pid } = await stage.server('first');
    await stage.register({ first: tinyHttp(port), second: tinyHttp(port) });
    const { code, stdout } = await stage.mcp('second start');
    expect(code).toBe(1);
    expect(stdout).toContain(String(port));
    const { servers, registry } = await stage.status();
    expect(registry.problems.map(({ what, why = '' }) => what + why).join('\n')).toMatch(
      /first.*second|second.*first/s,
    );
    expect(servers.find(({ name }) => name === 'first')).toMatchObject({ state: 'ready', pid });
    expect(servers.find(({ name }) => name === 'second')).toMatchObject({ state: 'blocked', pid: null });
  });
});
