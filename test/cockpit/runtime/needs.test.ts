import { describe, expect, test } from 'vitest';
import { needs } from '../../../src/cockpit/runtime/needs.ts';
import { NOON, unit } from '../staged.ts';
import { StagedCockpit } from '../staged-world.ts';

describe('the clock', () => {
  test('does not run while nothing on the screen changes by itself', () => {
    const cockpit = new StagedCockpit({ units: [unit('a', 'stopped'), unit('b', 'asleep')] });
    expect(needs(cockpit.state).wakeAt).toBeNull();
  });

  test('runs once a minute for uptimes, for all of them together', () => {
    const units = Array.from({ length: 20 }, (_, index) =>
      unit(`s${index}`, 'ready', { startedAt: NOON - index * 7_777 }),
    );
    const cockpit = new StagedCockpit({ units });
    cockpit.do({ type: 'ticked', now: NOON + 1 });
    expect(needs(cockpit.state).wakeAt).toBe(NOON + 60_000);
  });

  test('runs each second while a retry is counted down, on its seconds, and stops at zero', () => {
    const cockpit = new StagedCockpit({
      units: [unit('a', 'backoff', { retry: { attempt: 1, max: 10, nextAt: NOON + 2_300 } })],
    });
    const ticks: number[] = [];
    for (let wake = needs(cockpit.state).wakeAt; wake !== null; wake = needs(cockpit.state).wakeAt) {
      ticks.push(wake - NOON);
      cockpit.do({ type: 'ticked', now: wake });
    }
    expect(ticks).toEqual([300, 1_300, 2_300]);
    expect(cockpit.text()).toContain('backoff 1/10 0s');
  });

  test('runs for a toast until it goes, and never for an error', () => {
    const cockpit = new StagedCockpit({ units: [unit('a', 'stopped')] });
    cockpit.do({ type: 'told', level: 'info', text: 'done', server: null, at: NOON });
    expect(needs(cockpit.state).wakeAt).toBe(NOON + 5_000);
    cockpit.do(
      { type: 'ticked', now: NOON + 5_000 },
      { type: 'told', level: 'error', text: 'bad', server: null, at: NOON },
    );
    expect(cockpit.text()).not.toContain('done');
    expect(needs(cockpit.state).wakeAt).toBeNull();
  });
});

describe('what is kept open', () => {
  test('the logs on screen, and whether they are paused', () => {
    const cockpit = new StagedCockpit({ units: ['a', 'b', 'c'].map((name) => unit(name, 'ready')) });
    expect(needs(cockpit.state)).toMatchObject({ logs: ['a'], paused: false });
    cockpit.press('down');
    expect(needs(cockpit.state).logs).toEqual(['b']);
    cockpit.press('space', 'down', 'space');
    expect(needs(cockpit.state).logs).toEqual(['b', 'c']);
    cockpit.press('2', 'a');
    expect(needs(cockpit.state).logs).toEqual(['a', 'b', 'c']);
  });

  test('a server is described while its page is open, anew when its state changes', () => {
    const cockpit = new StagedCockpit({ units: [unit('a', 'ready')] });
    expect(needs(cockpit.state).describe).toBeNull();
    cockpit.press('enter');
    const before = needs(cockpit.state).describe;
    expect(before?.name).toBe('a');
    cockpit.change(unit('a', 'crashed', { stateSince: NOON }));
    expect(needs(cockpit.state).describe?.stamp).not.toBe(before?.stamp);
    cockpit.press('esc');
    expect(needs(cockpit.state).describe).toBeNull();
  });
});
