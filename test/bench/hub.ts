import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../helpers/free-port.ts';
import { root } from '../helpers/root.ts';
import { type BenchHome, benchHome } from './bench-home.ts';
import { type Figure, noted } from './figure.ts';
import { installPeer } from './install-peer.ts';
import { median, memoryOf, percentile, sleep } from './measure.ts';
import { RawClient } from './raw-client.ts';

const TINY = path.join(root, 'test/fixtures/tiny-mcp.mjs');
const CHILD = [process.execPath, TINY, 'stdio'];
const CALL = { name: 'tool_0', arguments: { text: 'hello' } };
const CALLS = 500;
const AT_ONCE = 32;

/** One bridge under measurement. */
interface Bridge {
  readonly name: string;
  readonly url: string;
  readonly token: string | null;
  /** Milliseconds from its start until its port answered. */
  readonly portMs: number;
  readonly pid: number;
  /** Processes of the server behind it. */
  children(): number;
  close(): Promise<void>;
}

interface Measured {
  readonly portMs: number;
  readonly connectMs: number;
  readonly listMs: number;
  readonly p50: number;
  readonly p99: number;
  readonly busyP50: number;
  readonly busyP99: number;
  readonly perSecond: number;
  readonly children: number;
  readonly rssMb: number;
}

/** The bridge of one stdio server beside npm's two bridges, in one run. */
export async function hubFigures(): Promise<Figure[]> {
  const supergateway = installPeer('supergateway', '4.0.0');
  const proxy = installPeer('mcp-proxy', '6.7.19');
  const peers: (() => Promise<Bridge>)[] = [];
  if (supergateway) {
    peers.push(() => openSupergateway(supergateway, ['--stateful'], 'supergateway --stateful'));
    peers.push(() => openSupergateway(supergateway, [], 'supergateway'));
  }
  if (proxy) peers.push(() => openProxy(proxy));
  const direct = await directLatency();
  const ours = await measure(openOurs, CALLS);
  const theirs: [string, Measured][] = [];
  for (const open of peers) {
    const bridge = await open();
    // One process per request: fewer calls tell as much.
    const calls = bridge.name === 'supergateway' ? 20 : CALLS;
    theirs.push([bridge.name, await measure(async () => bridge, calls)]);
  }
  return [...compare(ours, theirs, direct), ...(await perServer())];
}

function compare(ours: Measured, theirs: readonly [string, Measured][], direct: number): Figure[] {
  const stateful = theirs.find(([name]) => name === 'supergateway --stateful')?.[1] ?? null;
  const rows = (
    what: string,
    key: keyof Measured,
    unit: string,
    met: (value: number) => boolean | null,
    target: string,
  ) =>
    theirs.map(
      ([name, measured], index): Figure => ({
        what: `${what} (${name})`,
        ours: ours[key],
        peer: measured[key],
        unit,
        target: index === 0 ? target : '–',
        met: index === 0 ? met(ours[key]) : null,
      }),
    );
  const none = (): null => null;
  return [
    noted('one call over stdio directly, p50', direct, 'ms'),
    {
      what: 'added by the bridge, p50',
      ours: ours.p50 - direct,
      peer: stateful && stateful.p50 - direct,
      unit: 'ms',
      target: '≤ 1 ms',
      met: ours.p50 - direct <= 1,
    },
    ...rows('port open', 'portMs', 'ms', (value) => value <= 300, '≤ 300 ms'),
    ...rows('connect', 'connectMs', 'ms', none, '–'),
    ...rows('tools/list', 'listMs', 'ms', none, '–'),
    ...rows('tools/call, one at a time, p50', 'p50', 'ms', none, '–'),
    ...rows('tools/call, one at a time, p99', 'p99', 'ms', none, '–'),
    ...rows(`tools/call, ${AT_ONCE} at once, p50`, 'busyP50', 'ms', none, '–'),
    ...rows(`tools/call, ${AT_ONCE} at once, p99`, 'busyP99', 'ms', none, '–'),
    ...rows(
      `calls per second, ${AT_ONCE} at once`,
      'perSecond',
      '/s',
      (value) => stateful && value >= 3 * stateful.perSecond,
      '≥ 3 × peer',
    ),
    ...rows('processes of the server with ten clients', 'children', '', (value) => value === 1, '1'),
    ...rows('memory of the bridge (RSS)', 'rssMb', 'MB', none, '–'),
  ];
}

async function measure(open: () => Promise<Bridge>, calls: number): Promise<Measured> {
  const bridge = await open();
  const clients: RawClient[] = [];
  const client = async (): Promise<RawClient> => {
    const made = new RawClient(bridge.url, bridge.token);
    await made.connect();
    clients.push(made);
    return made;
  };
  try {
    await client();
    const connects: number[] = [];
    for (let round = 0; round < 5; round += 1) connects.push(await timed(() => client()));
    const one = await client();
    const lists = await inTurn(20, () => one.ask('tools/list'));
    await inTurn(Math.min(calls, 50), () => one.ask('tools/call', CALL));
    const single = await inTurn(calls, () => one.ask('tools/call', CALL));
    const busy: number[] = [];
    const began = performance.now();
    let left = calls * 4;
    const work = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        busy.push(await timed(() => one.ask('tools/call', CALL)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const seconds = (performance.now() - began) / 1000;
    while (clients.length < 10) await client();
    await Promise.all(clients.map((each) => each.ask('tools/call', CALL)));
    return {
      portMs: bridge.portMs,
      connectMs: median(connects),
      listMs: median(lists),
      p50: median(single),
      p99: percentile(single, 99),
      busyP50: median(busy),
      busyP99: percentile(busy, 99),
      perSecond: (calls * 4) / seconds,
      children: bridge.children(),
      rssMb: memoryOf(bridge.pid).rssMb,
    };
  } finally {
    for (const each of clients) each.close();
    await bridge.close();
  }
}

async function openOurs(): Promise<Bridge> {
  const home = benchHome();
  const port = await settled(home);
  home.registry({ tiny: { transport: 'stdio', command: process.execPath, args: [TINY, 'stdio'], autostart: true } });
  const { child, portMs } = await openPort([process.execPath, path.join(root, 'dist/supervisor.js')], port, home.env);
  const pid = child.pid ?? 0;
  return {
    name: 'mcp-cockpit',
    url: `http://127.0.0.1:${port}/tiny/mcp`,
    token: readFileSync(path.join(home.runtimeDir, 'hub-token'), 'utf8').trim(),
    portMs,
    pid,
    children: () => treeOf(pid).filter((found) => commandOf(found).startsWith(process.execPath)).length,
    close: () => home.close(),
  };
}

/** Ten servers behind one supervisor: what each costs it. */
async function perServer(): Promise<Figure[]> {
  const resident = async (servers: number): Promise<number> => {
    const home = benchHome();
    const port = await settled(home);
    const entry = { transport: 'stdio', command: process.execPath, args: [TINY, 'stdio'], autostart: true };
    home.registry(Object.fromEntries(Array.from({ length: servers }, (_, index) => [`s${index}`, entry])));
    const { child } = await openPort([process.execPath, path.join(root, 'dist/supervisor.js')], port, home.env);
    const token = readFileSync(path.join(home.runtimeDir, 'hub-token'), 'utf8').trim();
    for (let index = 0; index < servers; index += 1) {
      const client = new RawClient(`http://127.0.0.1:${port}/s${index}/mcp`, token);
      await client.connect();
      for (let call = 0; call < 20; call += 1) await client.ask('tools/call', CALL);
      client.close();
    }
    await sleep(5_000);
    const { rssMb } = memoryOf(child.pid ?? 0);
    await home.close();
    return rssMb;
  };
  const each = ((await resident(21)) - (await resident(1))) / 20;
  const what = 'memory of the bridge per further server, after calls';
  return [{ what, ours: each, peer: null, unit: 'MB', target: '≤ 3 MB', met: each <= 3 }];
}

async function settled(home: BenchHome): Promise<number> {
  const port = await freePort();
  writeFileSync(path.join(home.dir, '.mcp-cockpit.json'), JSON.stringify({ hubPort: port }), { mode: 0o600 });
  return port;
}

async function openSupergateway(folder: string, more: readonly string[], name: string): Promise<Bridge> {
  const port = await freePort();
  const program = path.join(folder, 'dist/index.js');
  const stdio = CHILD.join(' ');
  const args = [
    '--stdio',
    stdio,
    '--outputTransport',
    'streamableHttp',
    ...more,
    '--port',
    `${port}`,
    '--logLevel',
    'none',
  ];
  return peer(name, [process.execPath, program, ...args], port);
}

async function openProxy(folder: string): Promise<Bridge> {
  const port = await freePort();
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    bin: Record<string, string>;
  };
  const program = path.join(folder, bin['mcp-proxy'] ?? 'dist/bin/mcp-proxy.mjs');
  return peer(
    'mcp-proxy',
    [process.execPath, program, '--port', `${port}`, '--host', '127.0.0.1', '--', ...CHILD],
    port,
  );
}

async function peer(name: string, command: readonly string[], port: number): Promise<Bridge> {
  const { child, portMs } = await openPort(command, port, process.env);
  const pid = child.pid ?? 0;
  return {
    name,
    url: `http://127.0.0.1:${port}/mcp`,
    token: null,
    portMs,
    pid,
    children: () =>
      treeOf(pid).filter((found) => commandOf(found).includes(TINY) && !commandOf(found).includes('sh -c')).length,
    close: async () => {
      child.kill('SIGTERM');
      await Promise.race([new Promise((resolve) => child.once('exit', resolve)), sleep(5_000)]);
      child.kill('SIGKILL');
    },
  };
}

async function openPort(
  [file = '', ...args]: readonly string[],
  port: number,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly child: ChildProcess; readonly portMs: number }> {
  const began = performance.now();
  const child = spawn(file, args, { env, stdio: ['ignore', 'ignore', 'ignore'] });
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`${args.join(' ')} ended with ${child.exitCode}`);
    if (performance.now() - began > 30_000) throw new Error(`${args.join(' ')} opened no port`);
    await sleep(2);
  }
  return { child, portMs: performance.now() - began };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** The same call without any bridge. */
async function directLatency(): Promise<number> {
  const [file = '', ...args] = CHILD;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  let answered: () => void = () => undefined;
  createInterface({ input: child.stdout }).on('line', () => answered());
  let id = 0;
  const ask = (method: string, params: object): Promise<void> =>
    new Promise((resolve) => {
      answered = resolve;
      id += 1;
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    });
  await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'b', version: '1' } });
  await inTurn(50, () => ask('tools/call', CALL));
  const latencies = await inTurn(CALLS, () => ask('tools/call', CALL));
  child.stdin.end();
  return median(latencies);
}

async function timed(task: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await task();
  return performance.now() - began;
}

async function inTurn(count: number, task: () => Promise<unknown>): Promise<number[]> {
  const latencies: number[] = [];
  for (let round = 0; round < count; round += 1) latencies.push(await timed(task));
  return latencies;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

function treeOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...treeOf(child)]);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
