import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitProblem, tellingLine } from '../../src/supervisor/units/exit-problem.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mcp-exit-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

const exit = { code: 1, signal: null, at: 0, text: 'exit 1' };

it.each([
  [
    ['Traceback (most recent call last):', '  File "x.py", line 1', "ModuleNotFoundError: No module named 'httpx'"],
    "ModuleNotFoundError: No module named 'httpx'",
  ],
  [
    ['Error: listen EADDRINUSE: address already in use', '    at Server.setupListenHandle', '', 'Node.js v24.1.0'],
    'Error: listen EADDRINUSE: address already in use',
  ],
  [['starting', '\u001b[31mbye\u001b[0m'], 'bye'],
  [['--- 2026-01-01 00:00:00 ended: exit 1 ---'], null],
  [[], null],
])('finds the line that tells most: %j', (lines, telling) => {
  expect(tellingLine(lines)).toBe(telling);
});

it('speaks of the last run only, and never shows a secret', () => {
  const log = path.join(dir, 'a.log');
  writeFileSync(
    log,
    '--- 2026-01-01 00:00:00 starting ---\nError: of the run before\n--- 2026-01-01 00:00:01 starting ---\nError: token hunter2hunter2 refused\n',
  );
  const problem = exitProblem(exit, log, ['hunter2hunter2'], 'a');
  expect(problem.why).toMatch(/^Error: token .* refused$/);
  expect(problem.why).not.toContain('hunter2');
});

it('says nothing of why when the last run said nothing', () => {
  const log = path.join(dir, 'a.log');
  writeFileSync(log, 'Error: old\n--- 2026-01-01 00:00:01 starting ---\n--- 2026-01-01 00:00:01 started pid 2 ---\n');
  expect(exitProblem(exit, log, [], 'a')).toEqual({ what: 'exit 1', next: 'mcp a logs' });
});
