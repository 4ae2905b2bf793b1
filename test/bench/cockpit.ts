import { readFileSync } from 'node:fs';
import pty, { type IPty } from '@lydell/node-pty';
import { freePorts } from '../helpers/free-port.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { type BenchHome, benchHome } from './bench-home.ts';
import { atMost, type Figure, noted } from './figure.ts';
import { cpuMs, median, memoryOf, percentile, sleep, timeCommand, until } from './measure.ts';

const SERVERS = 20;
const COLUMNS = 120;
const ROWS = 40;
const KEYS = 200;
/** A repainted row of the table: what the log pane streams never looks like it. */
const ROW = /(?:s\d+|chatty)\s/;

/** The cockpit in a real pseudo-terminal, 120×40, with 20 servers. */
export async function cockpitFigures(): Promise<Figure[]> {
  const home = benchHome();
  try {
    const ports = await freePorts(SERVERS);
    const flood = `let n=0;setInterval(()=>{let b='';for(let i=0;i<1000;i++)b+='2026-01-01 INFO a line of a chatty server, number '+(++n)+'\\n';process.stderr.write(b)},50)`;
    const [port = 0] = await freePorts(1);
    home.registry({
      chatty: { transport: 'http', port, command: process.execPath, args: ['-e', flood], health: { startup: '0' } },
      ...Object.fromEntries(ports.map((each, index) => [`s${index}`, tinyHttp(each)])),
    });
    const api = await home.api();
    await api.start(
      ports.map((_, index) => `s${index}`),
      { waitMs: null },
    );
    const bare: number[] = [];
    const first: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      bare.push(await timeCommand(process.execPath, ['-e', '0'], home.env));
      first.push(await firstFrame(home));
    }
    const bound = Math.max(250, 6 * median(bare));
    const idle = await session(home, async (cockpit) => {
      await sleep(3_000);
      const keys = await keyLatencies(cockpit);
      await sleep(5_000);
      return { keys, ...(await cost(cockpit, 20_000)) };
    });
    await api.start(['chatty'], { waitMs: 0 });
    const streaming = await session(home, async (cockpit) => {
      for (const key of ['2', 'a', '1']) {
        cockpit.terminal.write(key);
        await sleep(300);
      }
      await sleep(2_000);
      const keys = await keyLatencies(cockpit);
      return { keys, ...(await cost(cockpit, 20_000)) };
    });
    await api.stop(['chatty']);
    await api.close();
    return [
      noted('first frame: bound is the larger of 250 ms and 6 × bare node', bound, 'ms'),
      { ...atMost('cockpit, first frame with 20 servers', median(first), 'ms', Math.round(bound)) },
      atMost('key to repaint, idle, p50', percentile(idle.keys, 50), 'ms', 30),
      atMost('key to repaint, idle, p99', percentile(idle.keys, 99), 'ms', 80),
      atMost('key to repaint, 20,000 log lines/s, p50', percentile(streaming.keys, 50), 'ms', 30),
      atMost('key to repaint, 20,000 log lines/s, p99', percentile(streaming.keys, 99), 'ms', 80),
      atMost('bytes to the terminal, idle', idle.bytesPerSecond, 'B/s', 50),
      atMost('bytes to the terminal, streaming', streaming.bytesPerSecond / 1000, 'kB/s', 40),
      atMost('CPU, idle', idle.cpuPercent, '% of a core', 0.5),
      noted('CPU, streaming', streaming.cpuPercent, '% of a core'),
      noted('memory, idle', idle.rssMb, 'MB'),
      atMost('memory, streaming', streaming.rssMb, 'MB', 110),
    ];
  } finally {
    await home.close();
  }
}

interface Cockpit {
  readonly terminal: IPty;
  readonly pid: number;
  /** Bytes and chunks written to the terminal so far. */
  bytes(): number;
  onData(listener: (data: string) => void): () => void;
}

async function open(home: BenchHome): Promise<{ cockpit: Cockpit; firstFrameMs: number }> {
  const began = performance.now();
  const terminal = pty.spawn(process.execPath, [home.mcp], {
    cols: COLUMNS,
    rows: ROWS,
    cwd: home.dir,
    env: home.env,
    name: 'xterm-256color',
  });
  let bytes = 0;
  let text = '';
  let firstFrameMs = 0;
  terminal.onData((data) => {
    bytes += Buffer.byteLength(data);
    if (firstFrameMs > 0) return;
    text += data;
    if (text.includes('Servers') && text.includes('s19')) firstFrameMs = performance.now() - began;
  });
  await until('the first frame', () => firstFrameMs > 0);
  const onData = (listener: (data: string) => void): (() => void) => {
    const subscription = terminal.onData(listener);
    return () => subscription.dispose();
  };
  return { cockpit: { terminal, pid: terminal.pid, bytes: () => bytes, onData }, firstFrameMs };
}

async function close({ terminal }: Cockpit): Promise<void> {
  const ended = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  terminal.write('q');
  await ended;
}

async function firstFrame(home: BenchHome): Promise<number> {
  const { cockpit, firstFrameMs } = await open(home);
  await close(cockpit);
  return firstFrameMs;
}

async function session<T>(home: BenchHome, work: (cockpit: Cockpit) => Promise<T>): Promise<T> {
  const { cockpit } = await open(home);
  try {
    return await work(cockpit);
  } finally {
    await close(cockpit);
  }
}

/** From writing a key to the first frame that shows its effect: the selection marker on another row. */
async function keyLatencies(cockpit: Cockpit): Promise<number[]> {
  const latencies: number[] = [];
  for (let index = 0; index < KEYS; index += 1) {
    const key = index % 2 === 0 ? 'j' : 'k';
    let answered = 0;
    const began = performance.now();
    const stop = cockpit.onData((data) => {
      if (answered === 0 && ROW.test(data)) answered = performance.now();
    });
    cockpit.terminal.write(key);
    await until('an answer to a key', () => answered > 0, 10_000);
    stop();
    latencies.push(answered - began);
    await sleep(60 + (index % 7) * 9);
  }
  return latencies;
}

async function cost(
  cockpit: Cockpit,
  ms: number,
): Promise<{ bytesPerSecond: number; cpuPercent: number; rssMb: number }> {
  const bytes = cockpit.bytes();
  const node = cockpitProcess(cockpit.pid);
  const cpu = cpuMs(node);
  await sleep(ms);
  return {
    bytesPerSecond: (cockpit.bytes() - bytes) / (ms / 1000),
    cpuPercent: ((cpuMs(node) - cpu) / ms) * 100,
    rssMb: memoryOf(node).rssMb,
  };
}

/** The launcher runs the cockpit in its own process on a Node that is new enough. */
function cockpitProcess(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  const node = children.find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('mcp'));
  return node ?? pid;
}
