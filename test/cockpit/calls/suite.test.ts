import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callLine } from '../../../src/cockpit/calls/command-line.ts';
import { caseOf, suiteFiles } from '../../../src/cockpit/calls/suite.ts';
import { NOON } from '../staged.ts';

const result = { content: [{ type: 'text', text: 'Rain until noon' }] };

describe('a suite', () => {
  test('has a file per server, with the fields that mcp-test reads', () => {
    const files = suiteFiles(
      [
        { server: 'weather', tool: 'forecast', args: { city: 'Oslo' }, result },
        { server: 'mem0', tool: 'search', args: {}, result: { content: [], isError: true } },
        { server: 'weather', tool: 'forecast', args: { city: 'Rome' }, result: null },
      ],
      NOON,
    );
    expect(files.map(({ name, cases }) => [name.replace(/\d{8}-\d{6}/, 'TIME'), cases])).toEqual([
      ['mcp-suite-weather-TIME.json', 2],
      ['mcp-suite-mem0-TIME.json', 1],
    ]);
    expect(JSON.parse(files[0]?.text ?? '')).toEqual({
      server_name: 'weather',
      tests: [
        {
          name: 'forecast',
          type: 'tool',
          tool: 'forecast',
          args: { city: 'Oslo' },
          expected: { isError: false, contains: 'Rain until noon' },
        },
        { name: 'forecast 2', type: 'tool', tool: 'forecast', args: { city: 'Rome' }, expected: { isError: false } },
      ],
    });
    expect(JSON.parse(files[1]?.text ?? '').tests[0].expected).toEqual({ isError: true });
  });

  test('is named safely, whatever the server is called', () => {
    const [file] = suiteFiles([{ server: '../../etc/x', tool: 't', args: {}, result: null }], NOON);
    expect(file?.name).toMatch(/^mcp-suite-[\w.-]+\.json$/);
  });
});

describe('a recorded request', () => {
  const request = (params: unknown, method = 'tools/call') => ({ method, params });

  test('is the call of a tool of its server, also through the gateway', () => {
    const made = { server: 'weather', tool: 'forecast', args: { city: 'Oslo' }, result };
    const args = { city: 'Oslo' };
    expect(caseOf('weather', request({ name: 'forecast', arguments: args }), { result })).toEqual(made);
    expect(caseOf('weather', request({ name: 'weather__forecast', arguments: args }), { result })).toEqual(made);
    expect(caseOf('weather', request({ name: 'forecast' }), null)).toMatchObject({ args: {}, result: null });
  });

  test.each([
    [request({}, 'tools/list'), 'only calls of tools'],
    [request({ name: 'x', arguments: 'cut' }), 'no longer there in full'],
    [null, 'only calls of tools'],
  ])('%j is none', (given, words) => {
    expect(caseOf('weather', given, null)).toContain(words);
  });
});

test('the command line means to a shell exactly what was called', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', "'", '"', ' ', '$', '\\', '`', '\n', '\u001B', '\u009B', '!', 'é'),
  });
  fc.assert(
    fc.property(text, fc.dictionary(text, text), (tool, args) => {
      fc.pre(!/[\n\u001B\u009B]/.test(tool));
      const line = callLine('weather', tool, args);
      expect(line).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
      const words = execFileSync('sh', ['-c', `mcp() { printf '%s\\0' "$@"; }; ${line}`])
        .toString()
        .split('\0');
      expect(words.slice(0, 3)).toEqual(['weather', 'call', tool]);
      expect(JSON.parse(words[3] ?? '')).toEqual({ ...args });
    }),
    { numRuns: 60 },
  );
});
