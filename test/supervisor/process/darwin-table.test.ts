import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parsePs } from '../../../src/supervisor/process/darwin-table.ts';
import { readStat, startedAt } from '../../../src/supervisor/process/identity.ts';

test('rows as ps prints them on macOS', () => {
  const text = [
    '    1     0     1 Ss   Fri Mar  7 09:05:01 2025       12:34.56',
    '  501     1   501 S+   Mon Dec 29 23:59:59 2025        0:00.05',
    ' 9999   501   501 Z    Tue Sep 15 08:00:00 2026        0:00.00',
    'ps: a message',
    '',
  ].join('\n');
  expect(parsePs(text).map(({ pid, ppid, pgid, state, userTicks }) => ({ pid, ppid, pgid, state, userTicks }))).toEqual(
    [
      { pid: 1, ppid: 0, pgid: 1, state: 'S', userTicks: 75_456 },
      { pid: 501, ppid: 1, pgid: 501, state: 'S', userTicks: 5 },
      { pid: 9999, ppid: 501, pgid: 501, state: 'Z', userTicks: 0 },
    ],
  );
  expect(parsePs(text)[0]?.startTicks).toBe(new Date(2025, 2, 7, 9, 5, 1).getTime() / 10);
});

const ps = ['-o', 'pid=,ppid=,pgid=,stat=,lstart=,time=', '-p', String(process.pid)];

test.skipIf(spawnSync('ps', ps).status !== 0)('the ps of this machine tells the same as its process table', () => {
  const text = execFileSync('ps', ps, {
    encoding: 'utf8',
    env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: process.env.TZ ?? '' },
  });
  const [row] = parsePs(text);
  const stat = readStat(process.pid);
  expect(row).toMatchObject({ pid: process.pid, ppid: process.ppid, pgid: stat?.pgid });
  // Exact to a second there, to 10 ms here.
  expect(Math.abs((row?.startTicks ?? 0) * 10 - startedAt(stat?.startTicks ?? 0))).toBeLessThan(2000);
});
