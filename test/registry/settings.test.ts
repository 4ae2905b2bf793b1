import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { problemSentence } from '../../src/registry/problem.ts';
import { parseSettings, readSettings } from '../../src/registry/settings.ts';

const FILE = '/home/ann/.mcp-cockpit.json';
const HUB = {
  port: 8049,
  sessionIdleMs: 600_000,
  childIdleMs: 60_000,
  strictDrift: false,
  metrics: false,
  tapFile: null,
  profiles: new Map(),
};
const DEFAULTS = {
  idleExitMs: 600_000,
  probeIntervalMs: null,
  log: { maxBytes: 10_485_760, keep: 5 },
  hub: HUB,
};
const parsed = (text: string) => {
  const { settings, problems } = parseSettings(text, FILE);
  return { settings, said: problems.map(problemSentence) };
};

test('no file means defaults, without a word', () => {
  expect(readSettings('/nowhere/.mcp-cockpit.json')).toEqual({ settings: DEFAULTS, problems: [] });
});

test('what is set counts, the rest is default; comments are welcome', () => {
  expect(parsed('{ // mine\n "idleExit": "0s", "probeInterval": 2, "log": {"keep": 0}, "hubPort": 9000, }')).toEqual({
    settings: {
      idleExitMs: 0,
      probeIntervalMs: 2_000,
      log: { maxBytes: 10_485_760, keep: 0 },
      hub: { ...HUB, port: 9_000 },
    },
    said: [],
  });
});

describe('a bad file', () => {
  test.each([
    ['', ':1:1 is not valid; defaults are used'],
    ['{', ':1:2 is not valid; defaults are used'],
    ['[]', ':1:1 is not valid; defaults are used: an object {…} is expected here'],
  ])('%j: %s', (text, sentence) => {
    const { settings, said } = parsed(text);
    expect(settings).toEqual(DEFAULTS);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(sentence);
  });

  test('one bad setting does not hide the others', () => {
    const { settings, said } = parsed(
      '{\n"idleExit": "soon",\n"hubPort": 70000,\n"log": {"keep": -1},\n"probeInterval": "5s",\n"hubprot": 1\n}',
    );
    expect(settings).toEqual({ ...DEFAULTS, probeIntervalMs: 5_000 });
    expect(said).toEqual([
      `"idleExit" must be a duration such as "500ms", "10s", "5m" or "2h", not "soon": ${FILE}:2:13, the default counts`,
      `"hubPort" must be at most 65535, not 70000: ${FILE}:3:12, the default counts`,
      `"log.keep" must be at least 0, not -1: ${FILE}:4:17, the default counts`,
      `unknown setting "hubprot": ${FILE}:6:1 → did you mean "hubPort"?`,
    ]);
  });

  test('a FIFO in its place does not hang', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-settings-'));
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    const { settings, problems } = readSettings(join(folder, 'fifo'));
    expect(settings).toEqual(DEFAULTS);
    expect(problems.map(problemSentence)[0]).toContain('is not a regular file; defaults are used');
    rmSync(folder, { recursive: true });
  });

  test('no text throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parsed(text)));
    const setting = fc.constantFrom('idleExit', 'probeInterval', 'log', 'hubPort', '__proto__');
    fc.assert(fc.property(fc.dictionary(setting, fc.jsonValue()), (value) => void parsed(JSON.stringify(value))));
  });
});

test('reads how profiles show their servers, and names a way of naming that there is not', () => {
  const text = '{"profiles": {"work": {"names": "plain", "tools": {"disabled": ["one__b"]}}, "home": {}}}';
  const { settings, problems } = parseSettings(text, '/s.json');
  expect(problems).toEqual([]);
  expect([...settings.hub.profiles]).toEqual([
    ['work', { names: 'plain', disabledTools: ['one__b'] }],
    ['home', { names: 'prefixed', disabledTools: [] }],
  ]);
  const bad = parseSettings('{"profiles": {"work": {"names": "short"}}}', '/s.json');
  expect(bad.settings.hub.profiles.size).toBe(0);
  expect(bad.problems[0]?.what).toContain('names');
});
