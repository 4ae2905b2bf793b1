import { afterEach, describe, expect, test } from 'vitest';
import { StagedLogs, StagedSupervisor, stagedPort, unit } from '../cockpit/staged.ts';
import { ScreenModel } from '../helpers/screen.ts';

const FRAME = '\u001B[?2026h';
const open: ScreenModel[] = [];
afterEach(async () => {
  for (const screen of open.splice(0)) {
    screen.sink.isStalled = false;
    screen.host.emit('SIGTERM');
    await screen.finished;
  }
});

function show(columns = 120, rows = 40, units?: readonly ReturnType<typeof unit>[]) {
  const api = new StagedSupervisor(units);
  const logs = new StagedLogs();
  const screen = new ScreenModel(stagedPort(api, logs), columns, rows);
  open.push(screen);
  return { api, logs, screen };
}
const frames = ({ sink }: ScreenModel): number => sink.log.split(FRAME).length - 1;
const ready = [
  unit('mem0', 'ready', { pid: 7, cpuPercent: 10, memoryBytes: 60_000_000, probes: [3, 3] }),
  unit('b', 'ready'),
];

describe('what a frame costs', () => {
  async function bytesOf(screen: ScreenModel, change: () => void, shown: string | RegExp): Promise<number> {
    const before = screen.sink.bytes;
    change();
    await screen.until(shown);
    return screen.sink.bytes - before;
  }

  test('one cell: about a line', async () => {
    const { api, screen } = show(120, 40, ready);
    await screen.until('mem0');
    expect(await bytesOf(screen, () => api.change('b', { state: 'crashed' }), /b +crashed/)).toBeLessThan(700);
  });

  test('moving the selection: two lines and the title of the log', async () => {
    const { screen } = show(120, 40, ready);
    await screen.until('mem0');
    expect(await bytesOf(screen, () => screen.type('j'), '2 Logs: b')).toBeLessThan(2_000);
  });

  test('a log that scrolls by one line: no more than the pane', async () => {
    const { logs, screen } = show(120, 40, ready);
    logs.write(
      'mem0',
      Array.from({ length: 100 }, (_, index) => `line ${index} ${'x'.repeat(70)}`),
    );
    await screen.until('line 99');
    expect(await bytesOf(screen, () => logs.write('mem0', ['the next one']), 'the next one')).toBeLessThan(5_000);
  });

  test('a minute of twenty idle servers: fifty bytes a second', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `server${index}`);
    const minutesAgo = (minutes: number) => Date.now() - minutes * 60_000 - 30_000;
    const idle = (name: string, probes: readonly number[], minutes: number, index: number) =>
      unit(name, 'ready', {
        pid: 7,
        startedAt: minutesAgo(minutes),
        cpuPercent: (index + probes.length) % 2 === 0 ? 0 : 0.6,
        memoryBytes: 60_000_000 + (probes.length % 3) * 400_000,
        // One slow answer wanders through a history of quick ones.
        probes: probes.slice(-30),
      });
    const all = (probes: readonly number[], minutes: number) =>
      names.map((name, index) => idle(name, probes, minutes, index));
    let probes = [...Array.from({ length: 10 }, () => 3), 300, ...Array.from({ length: 19 }, (_, at) => 2 + (at % 9))];
    const { api, screen } = show(120, 40, all(probes, 44));
    await screen.until(/(44m[\s\S]*){20}/);
    const before = screen.sink.bytes;
    // Probes come every ten seconds and are shown every twenty.
    for (let shown = 1; shown <= 3; shown += 1) {
      probes = [...probes, 4, 9];
      const bump = `▄${'▁'.repeat(19 + shown * 2)}`;
      api.emit({ type: 'units', units: all(probes, 44) });
      screen.type('\u001B[A');
      await screen.until((model) => model.text().split(bump).length === 21);
    }
    api.emit({ type: 'units', units: all(probes, 45) });
    await screen.until(/(45m[\s\S]*){20}/);
    expect(screen.sink.bytes - before).toBeLessThan(60 * 50);
  });

  test('figures that wobble: nothing', async () => {
    const { api, screen } = show(120, 40, ready);
    await screen.until('mem0');
    const before = frames(screen);
    for (let round = 0; round < 20; round += 1) {
      api.change('mem0', { cpuPercent: 10 + (round % 2) * 0.4, memoryBytes: 60_000_000 + round * 10_000 });
    }
    api.change('b', { state: 'crashed' });
    await screen.until(/b +crashed/);
    expect(frames(screen) - before).toBe(1);
    expect(screen.text()).toContain('10%');
  });
});

test('a flood of lines becomes few frames, and keys are not kept waiting by it', async () => {
  const { logs, screen } = show();
  await screen.until('mem0');
  const before = frames(screen);
  const began = performance.now();
  for (let batch = 0; batch < 40; batch += 1) {
    logs.write(
      'mem0',
      Array.from({ length: 500 }, (_, index) => `flood ${batch * 500 + index}`),
    );
    if (batch === 20) screen.type('j');
    await new Promise((resolve) => setImmediate(resolve));
    await screen.until(/mem0/);
  }
  await screen.until('2 Logs: github');
  screen.type('k');
  await screen.until('flood 19999');
  // At most one frame in 100 ms, and one per key; a few more for the ends.
  expect(frames(screen) - before).toBeLessThanOrEqual((performance.now() - began) / 100 + 6);
});

describe('a terminal that stops reading', () => {
  test('stops nothing else, and gets the newest state when it reads again', async () => {
    const { api, screen } = show();
    await screen.until('mem0');
    screen.sink.isStalled = true;
    for (let round = 0; round < 200; round += 1) {
      screen.type(round % 2 === 0 ? 'j' : 'k');
      api.change('mem0', { state: round % 2 === 0 ? 'crashed' : 'starting', cause: { what: `round ${round}` } });
    }
    screen.type('S');
    // The command got through although nothing could be shown.
    for (let turn = 0; api.asked.length === 0 && turn < 1000; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    expect(api.asked).toEqual(['stop mem0']);
    const bytes = screen.sink.bytes;
    screen.sink.isStalled = false;
    await screen.until('round 199');
    // One frame was queued, one shows the end of it all: not two hundred.
    expect(screen.sink.bytes - bytes).toBeLessThan(20_000);
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('does not keep the cockpit from ending by %s', async (signal) => {
    const { api, screen } = show();
    await screen.until('mem0');
    screen.sink.isStalled = true;
    screen.type('j');
    screen.host.emit(signal);
    const { exitCode } = await screen.finished;
    expect(exitCode).toBe({ SIGTERM: 143, SIGHUP: 129, SIGINT: 130 }[signal]);
    expect(api.isClosed).toBe(true);
    open.pop();
  });
});

describe('every way out', () => {
  const ways: Record<string, { leave: (screen: ScreenModel) => void; exitCode: number; afterword: RegExp }> = {
    q: { leave: (screen) => screen.type('q'), exitCode: 0, afterword: /Detached: 6 servers keep running/ },
    'Q and yes': { leave: (screen) => screen.type('Qy'), exitCode: 0, afterword: /Stopped 6 servers/ },
    'Ctrl-C twice': { leave: (screen) => screen.type('\u0003\u0003'), exitCode: 130, afterword: /Detached/ },
    SIGTERM: { leave: (screen) => screen.host.emit('SIGTERM'), exitCode: 143, afterword: /^$/ },
    SIGHUP: { leave: (screen) => screen.host.emit('SIGHUP'), exitCode: 129, afterword: /^$/ },
    'an error nobody caught': {
      leave: (screen) => screen.host.emit('uncaughtException', new Error('boom')),
      exitCode: 1,
      afterword: /The cockpit failed.*Error: boom/s,
    },
    'a promise nobody caught': {
      leave: (screen) => screen.host.emit('unhandledRejection', new Error('boom')),
      exitCode: 1,
      afterword: /Error: boom/,
    },
    'the end of the input': { leave: (screen) => screen.keyboard.end(), exitCode: 129, afterword: /^$/ },
  };

  test.each(Object.entries(ways))('%s restores the terminal', async (_name, { leave, exitCode, afterword }) => {
    const { screen } = show();
    await screen.until('mem0');
    expect(screen.keyboard.isRaw).toBe(true);
    leave(screen);
    const verdict = await screen.finished;
    open.pop();
    await new Promise<void>((resolve) => screen.terminal.write('', resolve));
    expect(verdict.exitCode).toBe(exitCode);
    expect(verdict.afterword.join('\n')).toMatch(afterword);
    expect(screen.terminal.buffer.active.type).toBe('normal');
    expect(screen.text().trim()).toBe('');
    expect(screen.terminal.modes.bracketedPasteMode).toBe(false);
    expect(screen.terminal.modes.synchronizedOutputMode ?? false).toBe(false);
    expect(screen.sink.log.lastIndexOf('\u001B[?25h')).toBeGreaterThan(screen.sink.log.lastIndexOf('\u001B[?25l'));
    expect(screen.keyboard.isRaw).toBe(false);
  });

  test('a terminal that is gone ends it as a hang-up', async () => {
    const { screen } = show();
    await screen.until('mem0');
    screen.sink.isGone = true;
    screen.type('j');
    expect((await screen.finished).exitCode).toBe(129);
    open.pop();
  });

  test('Q that fails says so and stays', async () => {
    const { api, screen } = show();
    api.shutdown = async () => {
      throw new Error('mem0 would not end');
    };
    await screen.until('mem0');
    screen.type('Qy');
    await screen.until('could not stop everything: mem0 would not end');
  });
});

describe('what is printed meanwhile', () => {
  test('goes to the messages, not into the picture', async () => {
    const { screen } = show();
    await screen.until('mem0');
    console.warn('careful with %s', 'that');
    await screen.until('! careful with that');
  });
});

describe('pastes', () => {
  const paste = (text: string): string => `\u001B[200~${text}\u001B[201~`;

  test('outside of a field are refused with a word', async () => {
    const { api, screen } = show();
    await screen.until('mem0');
    screen.type(paste('S\rQy'));
    await screen.until('a paste outside of a text field is ignored');
    expect(api.asked).toEqual([]);
  });

  test('in a field are one line of text', async () => {
    const { screen } = show();
    await screen.until('mem0');
    screen.type('/');
    await screen.until('filter /');
    screen.type(paste('mem\n0'));
    await screen.until('filter /mem 0');
  });
});
