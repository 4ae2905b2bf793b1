import { describe, expect, test } from 'vitest';
import { needs } from '../../../src/cockpit/runtime/needs.ts';
import type { CallOutcome, ServerTools } from '../../../src/supervisor/api.ts';
import { NOON } from '../staged.ts';
import { EVERY_TOOL, FORECAST, tool } from '../staged-hub.ts';
import { StagedCockpit } from '../staged-world.ts';

function open(servers: readonly ServerTools[] = EVERY_TOOL, more: ConstructorParameters<typeof StagedCockpit>[0] = {}) {
  const cockpit = new StagedCockpit({ columns: 120, rows: 30, ...more });
  cockpit.press('6');
  cockpit.do({ type: 'tools-listed', servers });
  return cockpit;
}

const selected = (cockpit: StagedCockpit): string => cockpit.rows().find((row) => row.startsWith('▸')) ?? '';
const type = (cockpit: StagedCockpit, text: string): void =>
  cockpit.press(...[...text].map((letter) => (letter === ' ' ? 'space' : letter)));
const calls = (cockpit: StagedCockpit) => cockpit.effects.filter((effect) => effect.type === 'call');
const answered = (more: Partial<CallOutcome & { ok: true }> = {}): CallOutcome => ({
  ok: true,
  result: { content: [{ type: 'text', text: 'Rain until noon' }] },
  isError: false,
  latencyMs: 18,
  ...more,
});

describe('the list', () => {
  test('groups tools by server, with the state of the server and what to know of each tool', () => {
    const text = open().text();
    expect(text).toMatch(/◉ weather {2}ready {2}4 tools {2}1 changed: A accepts/);
    expect(text).toMatch(/forecast +read-only +The weather of the next days/);
    expect(text).toMatch(/alert +destructive/);
    expect(text).toMatch(/radar +held back/);
    expect(text).toMatch(/old +switched off/);
    expect(text).toMatch(/☾ filesystem {2}asleep {2}1 tool {2}as of /);
    expect(text).toMatch(/✘ docs {2}crashed {2}0 tools {2}never listed/);
  });

  test('moves from tool to tool, over the names of servers', () => {
    const cockpit = open();
    cockpit.press('G');
    expect(selected(cockpit)).toContain('read_file');
    cockpit.press('k');
    expect(selected(cockpit)).toContain('old');
    cockpit.press('g', 'k');
    expect(selected(cockpit)).toContain('forecast');
  });

  test('is searched as one types, over names and descriptions', () => {
    const cockpit = open();
    cockpit.press('/');
    type(cockpit, 'weather warning');
    cockpit.press('enter');
    expect(cockpit.text()).toContain('1 of 4 tools');
    expect(selected(cockpit)).toContain('alert');
    expect(cockpit.text()).not.toContain('read_file');
    cockpit.press('esc');
    expect(selected(cockpit)).toContain('alert');
  });

  test('goes to a tool of that name first, though descriptions of others mention it', () => {
    const tools = [tool('read_file', { description: 'DEPRECATED: use read_text_file' }), tool('read_text_file')];
    const cockpit = open([{ server: 'files', state: 'ready', takenAt: NOON, tools }]);
    cockpit.press('/');
    type(cockpit, 'read_text');
    cockpit.press('enter');
    expect(selected(cockpit)).toMatch(/▸ +read_text_file/);
  });

  test('keeps the selected tool when lists change, and the rows that say the same', () => {
    const cockpit = open();
    cockpit.press('j');
    const before = cockpit.state.tools.servers;
    cockpit.do({ type: 'tools-listed', servers: structuredClone(EVERY_TOOL) });
    expect(cockpit.state.tools.servers).toBe(before);
    cockpit.do({
      type: 'tools-listed',
      servers: [{ server: 'first', state: 'ready', takenAt: NOON, tools: [tool('one')] }, ...EVERY_TOOL],
    });
    expect(selected(cockpit)).toContain('alert');
  });

  test('of thousands is drawn by the row, and safe whatever servers call things', () => {
    const tools = Array.from({ length: 5_000 }, (_, index) =>
      tool(`t${index}\u001B[2J`, { description: `d\u001B]0;x\u0007\n${index}` }),
    );
    const cockpit = open([{ server: 'big', state: 'ready', takenAt: NOON, tools }]);
    cockpit.press('G');
    expect(selected(cockpit)).toMatch(/t4999 +d 4999/);
    expect(cockpit.text()).not.toMatch(/[\u001B\u0007]|\[2J/);
  });

  test('is asked for again when a server changed, and only while it is shown', () => {
    const cockpit = open();
    const first = needs(cockpit.state).polls[0];
    expect(first?.name).toBe('tools');
    cockpit.change({ ...(cockpit.state.units[0] as NonNullable<(typeof cockpit.state.units)[0]>), toolCount: 99 });
    expect(needs(cockpit.state).polls[0]?.stamp).not.toBe(first?.stamp);
    cockpit.press('1');
    expect(needs(cockpit.state).polls).toEqual([]);
  });
});

describe('changed definitions', () => {
  test('are accepted after a question that names them', () => {
    const cockpit = open();
    cockpit.press('A');
    expect(cockpit.text()).toContain('Accept what changed at weather?');
    expect(cockpit.text()).toContain('radar');
    cockpit.press('y');
    expect(cockpit.effects).toContainEqual({ type: 'accept-tools', server: 'weather' });
  });

  test('keep a tool from being called, as does the entry', () => {
    const cockpit = open();
    cockpit.press('j', 'j', 'enter');
    expect(cockpit.told).toBe('radar is held back: its definition changed, A accepts it');
    cockpit.press('j', 'enter');
    expect(cockpit.told).toBe('old is switched off in the entry (tools.disabled)');
    expect(cockpit.state.overlays).toEqual([]);
  });

  test('there are none: A says so', () => {
    const cockpit = open();
    cockpit.press('G', 'A');
    expect(cockpit.told).toBe('no definition of this server changed');
  });
});

describe('the form', () => {
  test('has a row per field with what may go in; letters are text', () => {
    const cockpit = open();
    cockpit.press('enter');
    type(cockpit, 'q?');
    const text = cockpit.text();
    expect(text).toMatch(/▸ city\* +\[q\? +\] text/);
    expect(text).toContain('Name of the place');
    expect(text).toMatch(/days\* +\[3 +\] whole number 1 to 14/);
    expect(text).toMatch(/unit +< +> celsius \| fahrenheit/);
    expect(text).toMatch(/near\.lat/);
  });

  test('with wrong values calls nothing and says what is wrong, until it is right', () => {
    const cockpit = open();
    cockpit.press('enter', 'ctrl-s');
    expect(cockpit.text()).toContain('✘ city is needed');
    type(cockpit, 'O');
    expect(cockpit.text()).toContain('✘ city must have at least 2 characters');
    type(cockpit, 'slo');
    expect(cockpit.text()).not.toContain('✘');
    expect(calls(cockpit)).toEqual([]);
    cockpit.press('ctrl-s');
    expect(calls(cockpit)).toMatchObject([{ server: 'weather', tool: 'forecast', args: { city: 'Oslo', days: 3 } }]);
  });

  test('is called with Enter on the button as well; the answer opens, and Esc comes back to what was typed', () => {
    const cockpit = open();
    cockpit.press('enter');
    type(cockpit, 'Oslo');
    cockpit.press(...Array<string>(8).fill('enter'));
    cockpit.press('enter');
    const [call] = calls(cockpit);
    expect(cockpit.text()).toContain('◔ calling');
    cockpit.do({ type: 'tool-answered', work: call?.work ?? 0, outcome: answered(), at: NOON });
    expect(cockpit.text()).toContain('✓ answered after 18ms');
    expect(cockpit.text()).toContain('Rain until noon');
    cockpit.press('esc');
    expect(cockpit.text()).toMatch(/city\* +\[Oslo/);
    cockpit.press('esc', 'enter');
    expect(cockpit.text()).toMatch(/city\* +\[Oslo/);
  });

  test('an answer that comes when somebody went on is told', () => {
    const cockpit = open();
    cockpit.press('enter');
    type(cockpit, 'Oslo');
    cockpit.press('ctrl-s', 'esc', 'esc', '1');
    const [call] = calls(cockpit);
    cockpit.do({ type: 'tool-answered', work: call?.work ?? 0, outcome: answered({ isError: true }), at: NOON });
    expect(cockpit.told).toBe('forecast reported an error after 18ms');
    expect(cockpit.state.work).toEqual([]);
  });

  test('a tool that may destroy something asks first; no is the default', () => {
    const cockpit = open();
    cockpit.press('j', 'enter', 'ctrl-s');
    expect(cockpit.text()).toContain('Call alert of weather?');
    cockpit.press('enter');
    expect(calls(cockpit)).toEqual([]);
    cockpit.press('ctrl-s', 'y');
    expect(calls(cockpit)).toHaveLength(1);
  });

  test('of a call to repeat is filled in, and asks first unless the tool only reads', () => {
    const cockpit = open();
    const args = { city: 'Oslo', days: 5 };
    cockpit.do({ type: 'form-filled', server: 'weather', tool: FORECAST, args });
    cockpit.press('ctrl-s');
    expect(calls(cockpit)).toHaveLength(1);
    const writes = { ...FORECAST, annotations: null };
    cockpit.do({ type: 'form-filled', server: 'weather', tool: writes, args });
    cockpit.press('ctrl-s');
    expect(cockpit.text()).toContain('It was called before, and does not say that it only reads:');
    cockpit.press('y');
    expect(calls(cockpit)).toHaveLength(2);
  });

  test('goes over to JSON and back', () => {
    const cockpit = open();
    cockpit.press('enter');
    type(cockpit, 'Oslo');
    cockpit.press('ctrl-r');
    expect(cockpit.text()).toContain('{"city":"Oslo","days":3}');
    cockpit.press('backspace');
    cockpit.paste(',"more":[1]}');
    cockpit.press('ctrl-r');
    expect(cockpit.told).toBe('the fields cannot stand for this JSON: it stays JSON');
    cockpit.press('ctrl-s');
    expect(calls(cockpit)).toMatchObject([{ args: { city: 'Oslo', days: 3, more: [1] } }]);
  });

  test('a paste goes into the field as one line', () => {
    const cockpit = open();
    cockpit.press('enter');
    cockpit.paste('New\nYork\u001B[2J');
    expect(cockpit.text()).toMatch(/city\* +\[New York/);
  });

  test('with --read-only is there to look at, and calls nothing', () => {
    const cockpit = open(EVERY_TOOL, { setup: { readOnly: true } });
    cockpit.press('enter');
    type(cockpit, 'Oslo');
    cockpit.press('ctrl-s');
    expect(cockpit.told).toContain('read-only');
    cockpit.press(...Array<string>(8).fill('enter'));
    cockpit.press('enter');
    expect(calls(cockpit)).toEqual([]);
  });

  test.each([
    [40, 10],
    [80, 24],
  ])('at %i×%i the field with the focus is in sight, whichever it is', (columns, rows) => {
    const cockpit = open(EVERY_TOOL, { columns, rows });
    cockpit.press('enter');
    for (const label of ['city', 'days', 'unit', 'wind', 'hours', 'near.lat', 'near.lon', 'near.box']) {
      expect(cockpit.text()).toContain(`▸ ${label}`);
      cockpit.press('tab');
    }
    expect(cockpit.text()).toContain('[ Call ]');
  });
});

describe('the answer', () => {
  function answer(outcome: CallOutcome): StagedCockpit {
    const cockpit = open(EVERY_TOOL, { rows: 60 });
    cockpit.do({ type: 'form-filled', server: 'weather', tool: FORECAST, args: { city: 'Oslo', days: 3 } });
    cockpit.press('ctrl-s');
    cockpit.do({ type: 'tool-answered', work: calls(cockpit)[0]?.work ?? 0, outcome, at: NOON });
    return cockpit;
  }

  test('is text as text, JSON laid out, pictures by type and size, links and files by name', () => {
    const content = [
      { type: 'text', text: 'two\nlines' },
      { type: 'text', text: '{"a":[1]}' },
      { type: 'image', mimeType: 'image/png', data: 'AAAA'.repeat(300) },
      { type: 'resource_link', uri: 'file:///x', name: 'x' },
      { type: 'resource', resource: { uri: 'file:///y', mimeType: 'text/plain', text: 'inside' } },
      { type: 'new-kind', of: 'thing' },
    ];
    const text = answer(answered({ result: { content, structuredContent: { b: 2 }, _meta: { c: 3 } } })).text();
    expect(text).toMatch(/^ {2}two$\n^ {2}lines$/m);
    expect(text).toMatch(/"a": \[/);
    expect(text).toContain('image image/png, 900B');
    expect(text).toContain('link file:///x x');
    expect(text).toContain('resource file:///y, text/plain');
    expect(text).toContain('inside');
    expect(text).toContain('"type": "new-kind"');
    expect(text).toMatch(/structured content\n +\{/);
    expect(text).toContain('"c": 3');
  });

  test('that says the same twice says it once', () => {
    const result = { content: [{ type: 'text', text: '{"b": 2}' }], structuredContent: { b: 2 } };
    expect(answer(answered({ result })).text()).not.toContain('structured content');
  });

  test('is in the colour of trouble when the tool reports an error, and tells why there is none', () => {
    expect(answer(answered({ isError: true })).text()).toContain('⌀ the tool reports an error after 18ms');
    const problem = { what: 'weather is stopped', next: 'mcp start weather' };
    const text = answer({ ok: false, problem }).text();
    expect(text).toContain('✘ no answer');
    expect(text).toMatch(/what +weather is stopped/);
    expect(text).toMatch(/next +mcp start weather/);
  });

  test('shows nothing that a terminal acts on', () => {
    const nasty = 'a\u001B[2J\u001B]52;c;AAAA\u0007\u202Eb\r\nc';
    const result = {
      content: [
        { type: 'text', text: nasty },
        { type: nasty, mimeType: nasty, data: nasty },
      ],
      [nasty]: nasty,
    };
    expect(answer(answered({ result })).text()).not.toMatch(/[\u001B\u0007\u202E\r]/);
  });

  test('of megabytes is a page like others', () => {
    const result = { content: [{ type: 'text', text: 'x\n'.repeat(200_000) }] };
    const cockpit = answer(answered({ result }));
    cockpit.press('G');
    expect(cockpit.text()).toContain('198001 more lines');
  });

  test('r calls again with the same arguments; W keeps call and answer', () => {
    const cockpit = answer(answered());
    cockpit.press('W');
    expect(cockpit.effects).toContainEqual({
      type: 'keep-case',
      kept: {
        server: 'weather',
        tool: 'forecast',
        args: { city: 'Oslo', days: 3 },
        result: answered().ok && { content: [{ type: 'text', text: 'Rain until noon' }] },
      },
    });
    cockpit.press('r');
    expect(calls(cockpit)).toHaveLength(2);
    expect(cockpit.state.overlays).toHaveLength(2);
  });
});

test('C offers the call as a command line, quoted for a shell', () => {
  const cockpit = open();
  cockpit.do({ type: 'form-filled', server: 'weather', tool: FORECAST, args: { city: "L'Aquila", days: 3 } });
  cockpit.press('esc', 'C');
  expect(cockpit.text()).toContain(`mcp weather call forecast '{"city":"L'\\''Aquila","days":3}'`);
});
