import { benchHome } from './bench-home.ts';
import { atMost, type Figure, noted } from './figure.ts';
import { cpuMs, median, memoryOf, sleep, timeCommand } from './measure.ts';

const UNITS = 1_000;

/** A thousand stdio-less sleepers: what it costs to look at them and to leave them alone. */
export async function thousandFigures(): Promise<Figure[]> {
  const home = benchHome();
  try {
    const entry = { transport: 'http', command: 'sleep', args: ['100000'], health: { startup: '0', interval: '10s' } };
    home.registry(
      Object.fromEntries(
        Array.from({ length: UNITS }, (_, index) => [`u${index}`, { ...entry, port: 20_000 + index }]),
      ),
    );
    const api = await home.api();
    const names = (await api.snapshot()).units.map(({ name }) => name);
    const began = performance.now();
    await api.start(names, { waitMs: 0 });
    for (;;) {
      const running = (await api.snapshot()).units.filter(({ pid }) => pid !== null).length;
      if (running === UNITS) break;
      await sleep(100);
    }
    const started = performance.now() - began;
    const { pid } = await api.info();
    await api.close();
    await sleep(10_000);
    const status: number[] = [];
    for (let round = 0; round < 7; round += 1)
      status.push(await timeCommand(process.execPath, [home.mcp, 'status'], home.env));
    const before = cpuMs(pid);
    await sleep(20_000);
    const idle = ((cpuMs(pid) - before) / 20_000) * 100;
    return [
      noted('1,000 units: all started', started / 1000, 's'),
      atMost('1,000 units: `mcp status`', median(status), 'ms', 300),
      atMost('1,000 units: supervisor idle', idle, '% of a core', 5),
      noted('1,000 units: resident supervisor', memoryOf(pid).rssMb, 'MB'),
    ];
  } finally {
    await home.close();
  }
}
