import { expect, it } from 'vitest';
import { connectPeer } from '../../src/protocol/peer.ts';
import { freePorts } from '../helpers/free-port.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { Terminal } from '../helpers/terminal.ts';
import { tinyHttp, tinyStdio } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';

interface Row {
  readonly name: string;
  readonly state: string;
  readonly pid: number | null;
  readonly startedAt: number | null;
}

async function statusOf(home: Home, name: string): Promise<Row> {
  const { stdout } = await home.run('mcp', ['status', '--json']);
  const { servers } = JSON.parse(stdout) as { servers: Row[] };
  const row = servers.find((server) => server.name === name);
  if (!row) throw new Error(`${name} is not in ${stdout}`);
  return row;
}

it('opens, starts all, sees one die and come back with the reason, reads its log, leaves, and finds all running again', async () => {
  await using home = await temporaryHome();
  const [web = 0, other = 0] = await freePorts(2);
  await home.writeRegistry({
    web: tinyHttp(web, ['lines=500'], { restart: { backoff: { initial: '2s' } } }),
    other: tinyHttp(other),
    pipe: tinyStdio(),
  });
  const first = new Terminal(home);
  await first.line(/web +stopped/);
  expect(first.isFullScreen).toBe(true);

  // Start everything: mark all, then start.
  first.type(':');
  await first.line(/command/i);
  first.type('start all');
  await first.line(/start all/i);
  first.type('\r');
  for (const name of ['web', 'other', 'pipe']) await first.line(new RegExp(`${name} +ready`));
  const before = await statusOf(home, 'web');
  const otherBefore = await statusOf(home, 'other');

  // Killed twice from outside: the first retry comes at once, the second is waited for.
  process.kill(before.pid ?? 0, 'SIGKILL');
  const again = await waitFor('another process', async () => {
    const row = await statusOf(home, 'web');
    return row.state === 'ready' && row.pid !== before.pid ? row : null;
  });
  process.kill(again.pid ?? 0, 'SIGKILL');
  await first.line(/web +backoff 2\/10/);
  await first.line(/killed by SIGKILL from outside/);
  await first.line(/web +ready/);

  // Its log: follow, search.
  first.type('l');
  await first.line(/2 Logs: web.*FOLLOW/);
  await first.line(/line \d+/);
  first.type('/ended\r');
  await first.line(/ended: killed by SIGKILL/);

  first.type('\u001b');
  await first.line(/2 Logs: web.*FOLLOW/);

  // Leave: the terminal is as it was, and everything answers.
  first.type('q');
  expect((await first.ended).exitCode).toBe(0);
  expect(first.isFullScreen).toBe(false);
  const peer = await connectPeer({ kind: 'http', url: `http://127.0.0.1:${web}/mcp`, headers: {} });
  expect((await peer.listTools()).items).toHaveLength(3);
  await peer.close();

  // Open again: same processes, the uptime goes on.
  const second = new Terminal(home);
  await second.line(/web +ready/);
  await second.line(/pipe +ready/);
  const after = await statusOf(home, 'other');
  expect(after.pid).toBe(otherBefore.pid);
  expect(after.startedAt).toBe(otherBefore.startedAt);
  expect(second.text()).toContain(String(after.pid));
  second.type('q');
  await second.ended;
  await home.run('mcp', ['supervisor', 'stop', '--all']);
  await waitFor('nothing to be left', async () => (await home.processes()).length === 0);
});

it('loses its terminal and harms nobody: the servers go on, the screen ends', async () => {
  await using home = await temporaryHome();
  const [web = 0] = await freePorts(1);
  await home.writeRegistry({ web: tinyHttp(web, [], { autostart: true }) });
  for (const end of ['hangup', 'SIGKILL', 'SIGTERM', 'SIGHUP'] as const) {
    const cockpit = new Terminal(home);
    await cockpit.line(/web +ready/);
    const { pid } = await statusOf(home, 'web');
    if (end === 'hangup') cockpit.hangUp();
    else cockpit.signal(end);
    await waitFor(`the cockpit to end after ${end}`, async () => !(await isAlive(cockpit.pid)));
    expect(await isAlive(pid ?? 0)).toBe(true);
    expect(await statusOf(home, 'web')).toMatchObject({ state: 'ready', pid });
  }
  await home.run('mcp', ['supervisor', 'stop', '--all']);
});
