import { describe, expect, test } from 'vitest';
import { done, EVERY_STATE, unit } from '../staged.ts';
import { StagedCockpit } from '../staged-world.ts';

const few = [unit('a', 'ready'), unit('b', 'stopped'), unit('c', 'ready')];
const commands = (cockpit: StagedCockpit): string[] =>
  cockpit.effects.flatMap((effect) => (effect.type === 'command' ? `${effect.verb} ${effect.names.join(',')}` : []));

describe('one server', () => {
  test('is started, stopped and restarted by one key, without a question', () => {
    const cockpit = new StagedCockpit({ units: few });
    cockpit.press('S', 'r', 'down', 's');
    expect(commands(cockpit)).toEqual(['stop a', 'restart a', 'start b']);
  });

  test('what would do nothing does nothing, and says why', () => {
    const cockpit = new StagedCockpit({ units: few });
    cockpit.press('s');
    expect(cockpit.told).toBe('a runs already');
    cockpit.press('down', 'S');
    expect(cockpit.told).toBe('b is stopped already');
    expect(commands(cockpit)).toEqual([]);
  });

  test("somebody else's is left alone", () => {
    const cockpit = new StagedCockpit({ units: [unit('x', 'foreign')] });
    cockpit.press('s', 'S', 'r');
    expect(commands(cockpit)).toEqual([]);
  });

  test('the result is told with the way back', () => {
    const cockpit = new StagedCockpit({ units: few });
    cockpit.press('down', 's');
    const work = cockpit.state.work[0]?.id ?? -1;
    cockpit.do({ type: 'command-answered', work, verb: 'start', outcomes: [done('b', 'start')], at: cockpit.now });
    expect(cockpit.told).toBe('b started, ready, pid 777; S stops it');
    expect(cockpit.state.work).toEqual([]);
  });

  test('a failure stays until it is dismissed', () => {
    const cockpit = new StagedCockpit({ units: few });
    const outcome = { ...done('b', 'start'), ok: false, problem: { what: 'port 8050 is taken', next: 'stop it' } };
    cockpit.do({ type: 'command-answered', work: 1, verb: 'start', outcomes: [outcome], at: cockpit.now });
    cockpit.do({ type: 'ticked', now: cockpit.now + 3_600_000 });
    expect(cockpit.text()).toContain('b: port 8050 is taken ▸ stop it');
    cockpit.press('esc');
    expect(cockpit.text()).not.toContain('port 8050');
    cockpit.press('M');
    expect(cockpit.text()).toContain('port 8050');
  });

  test('what takes longer is shown as under way, with the key that calls it off', () => {
    const cockpit = new StagedCockpit({ units: few });
    cockpit.press('down', 's');
    expect(cockpit.text()).not.toContain('starting b');
    cockpit.do({ type: 'ticked', now: cockpit.now + 300 });
    expect(cockpit.text()).toContain('starting b⋯  S calls it off');
  });
});

describe('several servers', () => {
  test('marked ones get the command, those to which it does something', () => {
    const cockpit = new StagedCockpit({ units: few });
    cockpit.press('*', 's');
    expect(commands(cockpit)).toEqual(['start b']);
    cockpit.press('*', 'r');
    expect(commands(cockpit).at(-1)).toBe('restart a');
  });

  test('are stopped only after a question that names and counts them, Cancel being chosen', () => {
    const cockpit = new StagedCockpit({ units: few });
    cockpit.press('*', 'S');
    expect(cockpit.text()).toContain('Stop 2 servers?');
    expect(cockpit.text()).toContain('a, c');
    cockpit.press('enter');
    expect(commands(cockpit)).toEqual([]);
    cockpit.press('S', 'S');
    expect(commands(cockpit)).toEqual([]);
    cockpit.press('esc', 'S', 'y');
    expect(commands(cockpit)).toEqual(['stop a,c']);
  });

  test('all of them, from the palette', () => {
    const cockpit = new StagedCockpit({ units: few });
    cockpit.press(':', ...'stop all', 'enter');
    expect(cockpit.text()).toContain('Stop 2 servers?');
    cockpit.press('right', 'enter');
    expect(commands(cockpit)).toEqual(['stop a,c']);
  });
});

describe('without a supervisor', () => {
  test('commands wait, with the reason; the table stays', () => {
    const cockpit = new StagedCockpit({ units: few });
    cockpit.do({ type: 'link-lost', reason: 'killed', attempt: 2 });
    cockpit.press('r');
    expect(commands(cockpit)).toEqual([]);
    expect(cockpit.told).toContain('reconnecting');
    expect(cockpit.text()).toContain('supervisor gone (killed): reconnecting, try 2');
    expect(cockpit.text()).toMatch(/a +ready/);
    cockpit.snapshot(few);
    expect(cockpit.text()).not.toContain('supervisor gone');
  });
});

describe('read-only', () => {
  test('nothing that changes something is there, and the header says so', () => {
    const cockpit = new StagedCockpit({ units: few, setup: { readOnly: true } });
    cockpit.press('S', 'r', 'e', 'Q', 'u');
    expect(cockpit.effects).toEqual([]);
    expect(cockpit.told).toContain('read-only');
    expect(cockpit.rows()[0]).toContain('read-only');
    expect(cockpit.rows().at(-1)).not.toContain('restart');
    cockpit.press('?');
    expect(cockpit.text()).not.toContain('Stop the selected');
  });
});

describe('leaving', () => {
  test('q detaches without a question', () => {
    const cockpit = new StagedCockpit();
    cockpit.press('q');
    expect(cockpit.effects).toEqual([{ type: 'leave', how: 'detach' }]);
  });

  test('q asks where the servers live in the cockpit itself, and says quit', () => {
    const cockpit = new StagedCockpit({ setup: { mode: 'in-process' } });
    cockpit.do({
      type: 'snapshot-taken',
      at: cockpit.now,
      snapshot: {
        supervisor: { pid: 1, version: '1', startedAt: 0, runtimeDir: '/', mode: 'in-process', clients: 0 },
        registry: { path: '/r', problems: [], warnings: [] },
        units: EVERY_STATE,
        hub: null,
        banners: [],
      },
    });
    expect(cockpit.rows().at(-1)).toContain('q quit');
    cockpit.press('q');
    expect(cockpit.text()).toContain('Quit with 6 servers running?');
    cockpit.press('q');
    expect(cockpit.effects).toEqual([]);
  });

  test('Q names how many servers it stops, and does so after a yes', () => {
    const cockpit = new StagedCockpit({ units: few });
    cockpit.press('Q');
    expect(cockpit.text()).toContain('Stop 2 servers and quit?');
    cockpit.press('Q', 'enter');
    expect(cockpit.effects).toEqual([]);
    cockpit.press('Q', 'y');
    expect(cockpit.effects).toEqual([{ type: 'leave', how: 'stop-all' }]);
  });

  test('Ctrl-C says that a second one leaves, and leaves only then', () => {
    const cockpit = new StagedCockpit();
    cockpit.press('ctrl-c');
    expect(cockpit.told).toContain('Ctrl-C again');
    cockpit.now += 2_500;
    cockpit.press('ctrl-c');
    expect(cockpit.effects).toEqual([]);
    cockpit.now += 1_000;
    cockpit.press('/', 'ctrl-c');
    expect(cockpit.effects).toEqual([{ type: 'leave', how: 'interrupt' }]);
  });

  test('Esc goes back step by step and never out', () => {
    const cockpit = new StagedCockpit();
    cockpit.press('/', 'm', 'enter', 'enter', '?', 'esc', 'esc', 'esc', 'esc', 'esc', 'esc');
    expect(cockpit.state.overlays).toEqual([]);
    expect(cockpit.state.servers.filter).toBe('');
    expect(cockpit.effects).toEqual([]);
  });
});
