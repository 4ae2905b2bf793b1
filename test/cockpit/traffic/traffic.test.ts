import { describe, expect, test } from 'vitest';
import { needs } from '../../../src/cockpit/runtime/needs.ts';
import type { TrafficEntry } from '../../../src/supervisor/api.ts';
import { NOON } from '../staged.ts';
import { EVERY_OUTCOME, request, StagedTap } from '../staged-hub.ts';
import { StagedCockpit } from '../staged-world.ts';

/** A cockpit in view 5, and the record it asks. */
function watch(entries: readonly TrafficEntry[] = EVERY_OUTCOME, size: { columns?: number; rows?: number } = {}) {
  const cockpit = new StagedCockpit({ columns: 120, rows: 20, ...size });
  const tap = new StagedTap();
  tap.pass(...entries);
  const poll = (): void => {
    const after = cockpit.state.traffic.next;
    cockpit.do({ type: 'traffic-polled', after, page: tap.page({ after, limit: 2_000 }) });
  };
  cockpit.press('5');
  poll();
  return { cockpit, tap, poll };
}

const rows = (cockpit: StagedCockpit): string[] => cockpit.rows().filter((row) => /\d\d:\d\d:\d\d/.test(row));

describe('requests', () => {
  test('show who asked whom what, and what became of it in a glyph and in words', () => {
    const { cockpit } = watch(EVERY_OUTCOME, { columns: 160 });
    const text = rows(cockpit).join('\n');
    expect(text).toMatch(/claude-code +⇢ +the hub +tools\/list +41K +2\.1ms +✓ ok/);
    expect(text).toMatch(/weather +tools\/call forecast +1\.0K +140ms +⌀ tool error: no such city: Atlantis/);
    expect(text).toMatch(/cursor +⇢ +mem0 +tools\/call search +1\.0K +30s +✘ error: timed out/);
    expect(text).toMatch(/save_memory +1\.0K +700ms +⊘ cancelled/);
    expect(text).toMatch(/claude-code +⇠ +weather +elicitation\/create/);
    expect(text).toMatch(/alert +120B +- +⋯ asks client/);
    expect(text).toMatch(/radar +120B +- +◔ pending/);
  });

  test('are merged by number: an answer changes its row, and nothing else moves', () => {
    const { cockpit, tap, poll } = watch();
    const before = rows(cockpit);
    tap.pass(request(9, { subject: 'radar', latencyMs: 5 }));
    poll();
    expect(rows(cockpit).slice(0, -1)).toEqual(before.slice(0, -1));
    expect(rows(cockpit).at(-1)).toMatch(/radar +1\.0K +5\.0ms +✓ ok/);
  });

  test('the percentiles stand in the title', () => {
    expect(watch().cockpit.text()).toContain('p50 18ms  p95 140ms  p99 2.3s');
  });

  test('of a supervisor that was replaced make room for those of the new one, and late answers count no more', () => {
    const { cockpit, tap } = watch();
    const after = cockpit.state.traffic.next;
    const late = tap.page({ after: 0, limit: 10 });
    const supervisor = {
      pid: 2,
      version: '0',
      startedAt: NOON + 1,
      runtimeDir: '/',
      mode: 'detached',
      clients: 0,
    } as const;
    const registry = { path: '/r', problems: [], warnings: [] };
    cockpit.do({
      type: 'snapshot-taken',
      snapshot: { supervisor, registry, units: [], hub: null, banners: [] },
      at: NOON,
    });
    expect(cockpit.state.traffic).toMatchObject({ entries: [], next: 0 });
    cockpit.do({ type: 'traffic-polled', after, page: late });
    expect(cockpit.state.traffic.entries).toEqual([]);
  });

  test('at most ten thousand are kept, and only the visible ones are drawn', () => {
    const { cockpit, tap, poll } = watch([]);
    for (let seq = 1; seq <= 10_002; seq += 1) {
      tap.pass(request(seq));
      if (seq % 2_000 === 0) poll();
    }
    poll();
    expect(cockpit.state.traffic.entries).toHaveLength(10_000);
    expect(cockpit.state.traffic.entries[0]?.seq).toBe(3);
    expect(rows(cockpit)).toHaveLength(15);
  });

  test('what clients and servers write is shown without anything a terminal acts on', () => {
    const nasty = '\u001B[2J\u001B]52;c;AAAA\u0007evil\u202E\n';
    const entry = request(1, {
      client: { id: 'x', name: nasty },
      method: nasty,
      subject: `${nasty}${'x'.repeat(9_000)}`,
      error: nasty,
    });
    const { cockpit } = watch([entry]);
    expect(cockpit.text()).not.toMatch(/\u001B|\u0007|\u202E|\[2J|52;c/);
    expect(JSON.stringify(cockpit.state.traffic.entries).length).toBeLessThan(1_000);
  });
});

describe('following', () => {
  test('stays at the newest; moving up pauses, and the view then stands still while others come', () => {
    const { cockpit, tap, poll } = watch(Array.from({ length: 40 }, (_, index) => request(index + 1)));
    expect(cockpit.text()).toContain('FOLLOW');
    cockpit.press('k', 'k');
    const before = rows(cockpit);
    tap.pass(...Array.from({ length: 30 }, (_, index) => request(41 + index)));
    poll();
    expect(rows(cockpit)).toEqual(before);
    expect(cockpit.text()).toContain('PAUSED +30 new');
    cockpit.press('G');
    expect(cockpit.text()).toContain('FOLLOW');
    expect(rows(cockpit).at(-1)).toContain(new Date(NOON + 70_000).toTimeString().slice(0, 8));
  });

  test('f pauses where it is, and follows again', () => {
    const { cockpit } = watch();
    cockpit.press('f');
    expect(cockpit.text()).toContain('PAUSED');
    cockpit.press('f');
    expect(cockpit.text()).toContain('FOLLOW');
  });
});

describe('the filter', () => {
  test.each([
    ['cursor', ['search', 'save_memory']],
    ['weather forecast', ['forecast', 'forecast']],
    ['tool-error', ['forecast']],
    ['mem0 !cancelled', ['search']],
    ['elicit', ['elicitation/create']],
  ])('%s', (typed, found) => {
    const { cockpit } = watch();
    cockpit.press('/', ...[...typed].map((letter) => (letter === ' ' ? 'space' : letter)), 'enter');
    expect(rows(cockpit).map((row) => found.find((word) => row.includes(word)))).toEqual(found);
    expect(cockpit.text()).toContain(`${found.length}/9`);
    cockpit.press('esc');
    expect(rows(cockpit)).toHaveLength(9);
  });

  test('that finds nothing says so', () => {
    const { cockpit } = watch();
    cockpit.press('/', 'z', 'z', 'enter');
    expect(cockpit.text()).toContain('No request matches "zz".');
  });
});

describe('the page of a request', () => {
  test('is asked for when it opens and when its request is answered, and shows both sides and what came between', () => {
    const { cockpit, tap, poll } = watch();
    expect(needs(cockpit.state).request).toBeNull();
    cockpit.press('enter');
    const first = needs(cockpit.state).request;
    expect(first?.seq).toBe(9);
    tap.pass(request(9, { subject: 'radar' }), request(10));
    tap.details.set(9, {
      request: { method: 'tools/call' },
      response: { result: { content: [] } },
      notes: [{ progress: 7 }],
    });
    poll();
    expect(needs(cockpit.state).request).not.toEqual(first);
    cockpit.do({ type: 'request-read', seq: 9, detail: tap.detail(9) });
    const text = cockpit.text();
    expect(text).toMatch(/Request\W+\{\W+"method": "tools\/call"/);
    cockpit.press('G');
    expect(cockpit.text()).toContain('In between (1 message)');
    cockpit.press('esc');
    expect(cockpit.state.traffic.detail).toBeNull();
  });

  test('of a request that nobody has any more says so', () => {
    const { cockpit } = watch();
    cockpit.press('enter');
    cockpit.do({ type: 'request-read', seq: 9, detail: null });
    expect(cockpit.text()).toContain('this one is gone');
  });
});

describe('doing it again', () => {
  test('r asks for what was called; its form opens filled in, and asks before a tool that does not only read', () => {
    const { cockpit } = watch();
    cockpit.press('g', 'j', 'j', 'r');
    expect(cockpit.effects).toContainEqual({ type: 'repeat', seq: 3 });
  });

  test('only calls of tools can be repeated or kept', () => {
    const { cockpit } = watch();
    cockpit.press('g', 'r');
    expect(cockpit.told).toBe('only calls of tools can be made again');
    cockpit.press('W');
    expect(cockpit.told).toBe('only calls of tools can be kept as cases');
  });

  test('W keeps the marked calls, oldest first', () => {
    const { cockpit } = watch();
    cockpit.press('g', 'j', 'j', 'j', 'space', 'k', 'space', 'W');
    expect(cockpit.effects).toContainEqual({ type: 'keep-requests', seqs: [3, 4] });
    cockpit.press('esc');
    expect(cockpit.state.traffic.marked.size).toBe(0);
  });

  test('with --read-only nothing is repeated', () => {
    const cockpit = new StagedCockpit({ setup: { readOnly: true } });
    cockpit.press('5', 'r');
    expect(cockpit.told).toContain('read-only');
  });
});

describe('polling', () => {
  test('goes on only while the view is on screen and somebody is there to ask', () => {
    const { cockpit } = watch();
    expect(needs(cockpit.state).polls).toMatchObject([{ name: 'traffic', everyMs: 250 }]);
    cockpit.do({ type: 'link-lost', reason: 'killed', attempt: 1 });
    expect(needs(cockpit.state).polls).toEqual([]);
    cockpit.snapshot([]);
    cockpit.press('1');
    expect(needs(cockpit.state).polls).toEqual([]);
  });

  test('without news changes nothing, so that nothing is drawn', () => {
    const { cockpit, poll } = watch();
    const before = cockpit.state;
    poll();
    expect(cockpit.state).toBe(before);
  });
});
