import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UNICODE } from '../../../src/cockpit/theme/glyphs.ts';
import { placeColumns } from '../../../src/cockpit/views/servers/place-columns.ts';
import { EVERY_STATE, NOON, unit } from '../staged.ts';
import { StagedCockpit } from '../staged-world.ts';

const context = { glyphs: UNICODE, now: NOON };
const titlesAt = (width: number): string[] =>
  placeColumns({ units: EVERY_STATE, context, width }).columns.map(({ column }) => column.id);
const table = (cockpit: StagedCockpit): string[] => {
  const rows = cockpit.rows();
  return rows.slice(
    rows.findIndex((row) => row.includes('NAME')),
    rows.findIndex((row) => row.includes('2 Logs')),
  );
};
const selected = (cockpit: StagedCockpit): string | null => cockpit.state.servers.selected;

describe('columns', () => {
  test('go one by one, in their declared order, as the table gets narrower', () => {
    const shown = Array.from({ length: 110 }, (_, index) => titlesAt(130 - index));
    const gone = shown.flatMap((titles, index) =>
      (shown[index - 1] ?? titles).filter((title) => !titles.includes(title)),
    );
    expect(gone).toEqual(['pid', 'via', 'tools', 'health', 'mem', 'cpu', 'port', 'up']);
    expect(shown.at(-1)).toEqual(['name', 'state']);
  });

  test('of the hub are there where a hub runs, and make room before those of the server', () => {
    const units = EVERY_STATE.map((one) => ({ ...one, traffic: { clients: 1, callsPerMinute: 0.4, p95Ms: 2_300 } }));
    const at = (width: number) => placeColumns({ units, context, width }).columns.map(({ column }) => column.id);
    expect(at(118)).toEqual(expect.arrayContaining(['clients', 'calls/m', 'p95', 'pid', 'via']));
    expect(at(78)).toEqual(expect.not.arrayContaining(['clients', 'calls/m', 'p95']));
    expect(titlesAt(200)).toEqual(expect.not.arrayContaining(['clients', 'calls/m', 'p95']));
    const cockpit = new StagedCockpit({ units, columns: 160, rows: 50 });
    expect(table(cockpit).join('\n')).toMatch(/mem0 .* 4 +1 +0\.4 +2\.3s/);
  });

  test('fit every width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 26, max: 300 }), (width) => {
        const { columns, gap } = placeColumns({ units: EVERY_STATE, context, width });
        const total = columns.reduce((sum, column) => sum + column.width, 4) + gap * (columns.length - 1);
        expect(total).toBeLessThanOrEqual(width);
      }),
    );
  });

  test('do not move when a server passes through its states', () => {
    const widths = (state: (typeof EVERY_STATE)[number]) =>
      placeColumns({ units: [state], context, width: 120 }).columns.map(({ width }) => width);
    const calm = widths(unit('web', 'ready'));
    for (const one of EVERY_STATE) expect(widths({ ...one, name: 'web' })).toEqual(calm);
  });
});

describe('the table', () => {
  test('says the state of every server with a glyph and in words', () => {
    const cockpit = new StagedCockpit({ columns: 160, rows: 50 });
    const rows = table(cockpit).join('\n');
    for (const { name, state } of EVERY_STATE) {
      expect(rows).toMatch(new RegExp(`${UNICODE.state[state].replace('?', '\\?')} ${name} +${state}`));
    }
    expect(rows).toMatch(/weather +backoff 3\/10 8s/);
    expect(rows).toMatch(/graph +stopping 9s/);
    expect(rows).toMatch(/mem0 +ready +http +8050 +41233 +3h12 +0\.4% +61M +4 +▁▁▁▂▁▁▃▁/);
  });

  test('says why, on a line below', () => {
    const cockpit = new StagedCockpit({ columns: 160, rows: 50 });
    const rows = table(cockpit);
    const weather = rows.findIndex((row) => row.includes('weather'));
    expect(rows[weather + 1]).toContain("└ exit 1: ModuleNotFoundError: No module named 'httpx'");
    const legacy = rows.findIndex((row) => row.includes('legacy'));
    expect(rows[legacy + 1]).toContain('port 8062 is taken (pid 812 python (root))');
  });

  test('an entry that differs from what runs says what to do', () => {
    const cockpit = new StagedCockpit({ units: [unit('web', 'ready', { entryChanged: true })] });
    expect(cockpit.text()).toContain('restart to apply');
  });

  test('a long name is cut in the middle', () => {
    const cockpit = new StagedCockpit({
      units: [unit('postgres-analytics-warehouse', 'ready')],
      columns: 40,
      rows: 10,
    });
    expect(cockpit.text()).toMatch(/postgr\S*⋯\S*house/);
  });

  test('no control character of a cause reaches the screen as such', () => {
    const cause = { what: 'exit 1', why: 'bad\u001B[2Jthing\nnext line' };
    const cockpit = new StagedCockpit({ units: [unit('web', 'crashed', { cause })] });
    expect(cockpit.rows().filter((row) => row.includes('exit 1'))).toHaveLength(1);
  });

  test('without servers says what to do first', () => {
    expect(new StagedCockpit({ units: [] }).text()).toContain('mcp add');
  });
});

describe('the selection', () => {
  test('follows its server when the table is sorted anew', () => {
    const cockpit = new StagedCockpit();
    cockpit.press('down', 'down');
    expect(selected(cockpit)).toBe('weather');
    cockpit.press('o');
    expect(selected(cockpit)).toBe('weather');
    expect(cockpit.text()).toContain('NAME▴');
  });

  test('goes to the server in its place when its own is gone', () => {
    const cockpit = new StagedCockpit();
    cockpit.press('down', 'down');
    cockpit.snapshot(EVERY_STATE.filter(({ name }) => name !== 'weather'));
    expect(selected(cockpit)).toBe('filesystem');
  });

  test('stays in sight, with its cause', () => {
    const many = Array.from({ length: 60 }, (_, index) =>
      unit(`s${index}`, 'crashed', { cause: { what: `cause ${index}` } }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('up', 'down', 'pageup', 'pagedown', 'g', 'G', 'ctrl-u', 'ctrl-d')),
        (keys) => {
          const cockpit = new StagedCockpit({ units: many, columns: 80, rows: 24 });
          cockpit.press(...keys);
          const name = selected(cockpit);
          expect(table(cockpit).some((row) => row.includes(` ${name} `))).toBe(true);
          expect(table(cockpit).some((row) => row.includes(`cause ${name?.slice(1)}`))).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('sorting', () => {
  const heavy = [unit('a', 'ready', { cpuPercent: 1 }), unit('b', 'ready', { cpuPercent: 50 })];
  const order = (cockpit: StagedCockpit): readonly string[] => cockpit.state.servers.order;

  test('goes through its columns and shows which one with an arrow', () => {
    const cockpit = new StagedCockpit({ units: heavy });
    cockpit.press('o', 'o', 'o');
    expect(cockpit.text()).toContain('CPU▾');
    expect(order(cockpit)).toEqual(['b', 'a']);
  });

  test('rests for a second after a key, so that no row jumps under a finger', () => {
    const cockpit = new StagedCockpit({ units: heavy });
    cockpit.press('o', 'o', 'o');
    cockpit.now += 400;
    cockpit.change(unit('a', 'ready', { cpuPercent: 99 }));
    expect(order(cockpit)).toEqual(['b', 'a']);
    cockpit.now += 700;
    cockpit.do({ type: 'ticked', now: cockpit.now });
    expect(order(cockpit)).toEqual(['a', 'b']);
  });

  test('equal ones keep the order of the registry', () => {
    const cockpit = new StagedCockpit({ units: ['c', 'a', 'b'].map((name) => unit(name, 'stopped')) });
    cockpit.press('o', 'o');
    expect(order(cockpit)).toEqual(['c', 'a', 'b']);
  });
});

describe('filtering', () => {
  test('narrows while one types, counts, and Esc brings all back', () => {
    const cockpit = new StagedCockpit();
    cockpit.press('/', 'r', 'e', 'm', 'o', 't', 'e');
    expect(cockpit.text()).toContain('/remote 2/14');
    expect(selected(cockpit)).toBe('github');
    cockpit.press('enter', 'esc');
    expect(cockpit.state.servers.filter).toBe('');
  });

  test('! inverts', () => {
    const cockpit = new StagedCockpit();
    cockpit.press('/', '!', 'h', 't', 't', 'p');
    expect(table(cockpit).join()).not.toContain('mem0');
    expect(table(cockpit).join()).toContain('slack');
  });

  test('letters are text while the prompt is open, whatever they mean elsewhere', () => {
    const cockpit = new StagedCockpit();
    cockpit.press('/', 'q', 'Q', 'S', 'r');
    expect(cockpit.effects).toEqual([]);
    expect(cockpit.state.servers.filter).toBe('qQSr');
    expect(cockpit.rows().at(-1)).toContain('filter /qQSr');
  });

  test('that matches nothing says so', () => {
    const cockpit = new StagedCockpit();
    cockpit.press('/', 'x', 'y', 'z');
    expect(cockpit.text()).toContain('No server matches "xyz"');
  });
});
