import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePorts } from '../helpers/free-port.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { type BenchHome, benchHome } from './bench-home.ts';
import { against, atMost, type Figure, noted } from './figure.ts';
import { alternate, cpuMs, median, memoryOf, sleep, timeCommand, until } from './measure.ts';
import { Pm2 } from './pm2.ts';

const SERVERS = 20;
const FLOOD_LINES = 2_000_000;
const LINE_BYTES = 100;

/** The supervisor beside pm2, in one run, in turn. */
export async function engineFigures(): Promise<Figure[]> {
  const home = benchHome();
  const pm2 = Pm2.install();
  try {
    return [...(await commands(home, pm2)), ...(await respawn(home, pm2)), ...(await flood(home, pm2))];
  } finally {
    await pm2?.close();
    await home.close();
  }
}

async function commands(home: BenchHome, pm2: Pm2 | null): Promise<Figure[]> {
  const ports = await freePorts(SERVERS);
  home.registry(Object.fromEntries(ports.map((port, index) => [`s${index}`, tinyHttp(port)])));
  const mcp = (...args: string[]): Promise<number> => timeCommand(process.execPath, [home.mcp, ...args], home.env);
  const tiny = path.join(home.dir, 'tiny.sh');
  writeFileSync(tiny, '#!/bin/sh\nexec sleep 100000\n');
  chmodSync(tiny, 0o755);
  await mcp('start', 's0');
  await pm2?.run('start', tiny, '--name', 's0', '--interpreter', 'none');
  const starts: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  for (let index = 1; index < SERVERS; index += 1) {
    starts.ours.push(await mcp(`s${index}`, 'start', '--no-wait'));
    if (pm2) starts.theirs.push(await pm2.run('start', tiny, '--name', `s${index}`, '--interpreter', 'none'));
  }
  const tasks: Record<string, () => Promise<number>> = {
    bare: () => timeCommand(process.execPath, ['-e', '0'], home.env),
    status: () => mcp('status'),
    list: () => mcp('list'),
    ...(pm2 && { pm2: () => pm2.run('list') }),
  };
  const looks = await alternate(15, tasks);
  const look = (name: string): number => median(looks[name] ?? []);
  const api = await home.api();
  await api.start(
    ports.map((_, index) => `s${index}`),
    { waitMs: null },
  );
  const { pid } = await api.info();
  await api.close();
  await sleep(30_000);
  const memory = memoryOf(pid);
  const theirs = pm2 ? memoryOf(pm2.daemonPid) : null;
  const idle = await cpuShare(pid, 20_000);
  const list = pm2 ? look('pm2') : null;
  return [
    noted('bare `node -e 0`', look('bare'), 'ms'),
    ...(list === null
      ? [noted('`mcp status`, 20 servers', look('status'), 'ms')]
      : [
          against('`mcp status`, 20 servers (pm2 list)', look('status'), list, 'ms', 0.4),
          against('`mcp list`, 20 servers (pm2 list)', look('list'), list, 'ms', 0.4),
          against('`mcp NAME start --no-wait` (pm2 start)', median(starts.ours), median(starts.theirs), 'ms', 0.4),
        ]),
    atMost(
      'resident supervisor, 20 HTTP servers, nobody attached (pm2 daemon)',
      memory.rssMb,
      'MB',
      80,
      theirs?.rssMb ?? null,
    ),
    noted('the same, proportional (PSS)', memory.pssMb, 'MB', theirs?.pssMb ?? null),
    noted('supervisor idle, 20 servers probed every 10 s', idle, '% of a core'),
  ];
}

async function cpuShare(pid: number, ms: number): Promise<number> {
  const before = cpuMs(pid);
  await sleep(ms);
  return ((cpuMs(pid) - before) / ms) * 100;
}

/** From `kill -9` of the server to the first thing its successor does. */
async function respawn(home: BenchHome, pm2: Pm2 | null): Promise<Figure[]> {
  const beat = path.join(home.dir, 'beat');
  const script = path.join(home.dir, 'beat.sh');
  writeFileSync(script, `#!/bin/sh\ndate +%s%N > "$1.tmp"; mv "$1.tmp" "$1"\nexec sleep 100000\n`);
  chmodSync(script, 0o755);
  // A server that has been well for a minute is restarted at once; the first retry always is.
  const [port = 0] = await freePorts(1);
  const entry = { transport: 'http', port, command: script, args: [beat], health: { startup: '10m' } };
  home.registry({ beat: entry });
  const once = async (): Promise<number> => {
    rmSync(beat, { force: true });
    const api = await home.api();
    await api.start(['beat'], { waitMs: 0 });
    await until('the first beat', () => existsSync(beat));
    const before = readFileSync(beat, 'utf8');
    await sleep(300);
    const { processes } = await api.describe('beat');
    const victim = processes.find(({ command }) => command.includes('sleep'))?.pid;
    if (victim === undefined) throw new Error('no victim');
    const took = await killed(victim, beat, before);
    await api.stop(['beat']);
    await api.close();
    return took;
  };
  const theirBeat = path.join(home.dir, 'their-beat');
  await pm2?.run('start', script, '--name', 'beat', '--interpreter', 'none', '--', theirBeat);
  const theirsOnce = async (): Promise<number> => {
    if (!pm2) return Number.NaN;
    await until('their beat', () => existsSync(theirBeat));
    await sleep(1_300);
    return killed(pm2.pidOf('beat'), theirBeat, readFileSync(theirBeat, 'utf8'));
  };
  const results = await alternate(9, { ours: once, theirs: theirsOnce });
  const adopted: number[] = [];
  for (let round = 0; round < 5; round += 1) adopted.push(await adoptedOnce(home, beat));
  return [
    atMost('crash to respawn, own child (pm2)', median(results.ours), 'ms', 15, pm2 ? median(results.theirs) : null),
    atMost('crash to respawn, adopted', median(adopted), 'ms', 150),
  ];
}

async function killed(victim: number, beat: string, before: string): Promise<number> {
  const at = BigInt(Date.now()) * 1_000_000n;
  const fine = process.hrtime.bigint();
  process.kill(victim, 'SIGKILL');
  await until(
    'the next beat',
    () => existsSync(beat) && readFileSync(beat, 'utf8').length > 10 && readFileSync(beat, 'utf8') !== before,
  );
  // `date` has the wall clock; ours is read once, so the difference is exact to its millisecond.
  const told = Number(BigInt(readFileSync(beat, 'utf8').trim()) - at) / 1e6;
  const waited = Number(process.hrtime.bigint() - fine) / 1e6;
  return Math.min(told, waited);
}

async function adoptedOnce(home: BenchHome, beat: string): Promise<number> {
  rmSync(beat, { force: true });
  const first = await home.api();
  await first.start(['beat'], { waitMs: 0 });
  await until('the first beat', () => existsSync(beat));
  await sleep(300);
  const { pid } = await first.info();
  process.kill(pid, 'SIGKILL');
  await until('its end', () => !existsSync(`/proc/${pid}`));
  await first.close();
  const second = await home.api();
  await sleep(500);
  const { processes } = await second.describe('beat');
  const victim = processes.find(({ command }) => command.includes('sleep'))?.pid;
  if (victim === undefined) throw new Error('nothing was adopted');
  const took = await killed(victim, beat, readFileSync(beat, 'utf8'));
  await second.stop(['beat']);
  await second.close();
  return took;
}

/** 200 MB of 100-byte lines: how long the writer takes, and what it costs whoever captures it. */
async function flood(home: BenchHome, pm2: Pm2 | null): Promise<Figure[]> {
  const script = path.join(home.dir, 'flood.sh');
  const source = `const line = 'x'.repeat(${LINE_BYTES - 1}) + '\\n'; const block = line.repeat(1000); const fs = require('fs');
const began = Date.now(); for (let n = 0; n < ${FLOOD_LINES / 1000}; n++) { let left = Buffer.from(block); while (left.length) { try { left = left.subarray(fs.writeSync(1, left)); } catch (error) { if (error.code !== 'EAGAIN') throw error; } } }
fs.writeFileSync(process.argv[2], String(Date.now() - began)); setInterval(() => 0, 1e6);`;
  const program = `${script}.cjs`;
  writeFileSync(program, source);
  const run = async (
    out: string,
    pid: number,
    start: () => Promise<unknown>,
  ): Promise<{ seconds: number; cpu: number }> => {
    const before = cpuMs(pid);
    await start();
    await until('the flood', () => existsSync(out) && statSync(out).size > 0, 300_000);
    await sleep(500);
    return { seconds: Number(readFileSync(out, 'utf8')) / 1000, cpu: (cpuMs(pid) - before) / 1000 };
  };
  const [port = 0] = await freePorts(1);
  const out = path.join(home.dir, 'flood-ours');
  home.registry({
    flood: { transport: 'http', port, command: process.execPath, args: [program, out], health: { startup: '10m' } },
  });
  const api = await home.api();
  const { pid } = await api.info();
  const ours = await run(out, pid, () => api.start(['flood'], { waitMs: 0 }));
  await api.stop(['flood']);
  await api.shutdown({ all: true });
  await api.close();
  const theirOut = path.join(home.dir, 'flood-theirs');
  const theirs = pm2
    ? await run(theirOut, pm2.daemonPid, () => pm2.run('start', program, '--name', 'flood', '--', theirOut))
    : null;
  return [
    noted('200 MB of log lines: the writer takes', ours.seconds, 's', theirs?.seconds ?? null),
    atMost('200 MB of log lines: CPU of the supervisor, rotation included', ours.cpu, 's', 0.2, theirs?.cpu ?? null),
  ];
}
