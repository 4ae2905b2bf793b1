import { expect, test } from 'vitest';
import type { LogLevel } from '../../../src/supervisor/api.ts';
import { detectLevel } from '../../../src/supervisor/logs/level.ts';

test.each<[string, LogLevel | null]>([
  // Python
  ['2025-11-22 10:32:07,123 - mcp.server.lowlevel - ERROR - request failed', 'error'],
  ['2025-11-22 10:32:07.123 | WARNING  | module:func:12 - slow', 'warn'],
  ['INFO:     Uvicorn running on http://127.0.0.1:8050 (Press CTRL+C to quit)', 'info'],
  ['[11/22/25 10:32:07] INFO     Starting MCP server', 'info'],
  ['DEBUG:asyncio:Using selector: EpollSelector', 'debug'],
  ['/usr/lib/x.py:12: DeprecationWarning: old', 'warn'],
  ['Traceback (most recent call last):', 'error'],
  ["ModuleNotFoundError: No module named 'httpx'", 'error'],
  ['KeyboardInterrupt', null],
  // Node
  ['TypeError: x is not a function', 'error'],
  ['Error: listen EADDRINUSE: address already in use :::8050', 'error'],
  ['Error [ERR_MODULE_NOT_FOUND]: Cannot find package', 'error'],
  ['Uncaught ReferenceError: y is not defined', 'error'],
  ['(node:123) [DEP0040] DeprecationWarning: The `punycode` module is deprecated.', 'warn'],
  ['(node:123) ExperimentalWarning: SQLite is an experimental feature', 'warn'],
  ['npm ERR! code ENOENT', 'error'],
  ['npm warn deprecated inflight@1.0.6', 'warn'],
  ['{"level":30,"time":1,"msg":"pino info"}', 'info'],
  ['{"level":50,"msg":"pino error"}', 'error'],
  ['{"level":20,"msg":"pino debug"}', 'debug'],
  ['{"ctx":{"level":50},"level":"info","msg":"winston"}', 'info'],
  ['{"severity":"WARNING","message":"cloud"}', 'warn'],
  ['{"msg":"says \\"level\\":\\"error\\"","level":"debug"}', 'debug'],
  ['{"msg":"nothing stated"}', null],
  [`{"level":"error","msg":"${'x'.repeat(10_000)}"}`, 'error'],
  ['[10:00:00.000] INFO (123): pino-pretty', 'info'],
  ['[error] lowercase in brackets', 'error'],
  ['error: lowercase with a colon', 'error'],
  ['2025-11-22T10:00:00.000Z\twarn\tzap console', 'warn'],
  // Go, Rust, Java, C
  ['E1122 10:32:07.123456    1 file.go:12] klog', 'error'],
  ['I1122 10:32:07.123456    1 file.go:12] klog', 'info'],
  ['time=2025-11-22T10:00:00Z level=WARN msg=slog', 'warn'],
  ['10:32:07 err  mosquitto', null],
  ['err  something at the start', 'error'],
  ['panic: runtime error: index out of range', 'error'],
  ['2025-11-22T00:00:00.000000Z  INFO crate: tracing', 'info'],
  ["thread 'main' panicked at src/main.rs:2:5:", 'error'],
  ['10:00:00.000 [main] WARN  c.x.Y - log4j', 'warn'],
  ['Caused by: java.io.IOException: x', 'error'],
  ['FATAL:  database "x" does not exist', 'error'],
  ['TRACE very fine', 'debug'],
  ['<notice> syslog like', 'info'],
  // The server's own words, which are no levels
  ['0 errors, 3 warnings', null],
  ['the error handler was installed', null],
  ['listening on port 8050', null],
  ['ERROR_LOG=/tmp/x is set', null],
  ['please set the level to DEBUG for more', null],
  ['information about the server', null],
  ['Errors: 0', null],
  ['--- 2025-11-22 10:32:07 started pid 41233 ---', null],
  ['INFO retrying after ERROR', 'info'],
])('%s', (line, level) => {
  expect(detectLevel(line, null)).toBe(level);
});

test('what belongs to a line has its level', () => {
  const lines = [
    '2025-11-22 10:32:07,123 - server - ERROR - failed',
    'Traceback (most recent call last):',
    '  File "/srv/server.py", line 3, in <module>',
    '    import httpx',
    '',
    'During handling of the above exception, another exception occurred:',
    '',
    '  File "/srv/server.py", line 9, in run',
    'httpx.ConnectTimeout: timed out',
    'serving again',
    '    indented, but below a line without a level',
    'TypeError: x is not a function',
    '    at f (/srv/server.js:1:1)',
    '    at async g (/srv/server.js:2:1) {',
    "  code: 'ERR_X'",
    '}',
    'INFO: back',
    '      with details',
  ];
  const levels: (LogLevel | null)[] = [];
  for (const line of lines) levels.push(detectLevel(line, levels.at(-1) ?? null));
  expect(levels).toEqual([...Array(9).fill('error'), null, null, ...Array(5).fill('error'), 'info', 'info']);
});
