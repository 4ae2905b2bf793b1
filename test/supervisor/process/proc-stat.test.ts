import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStat } from '../../../src/supervisor/process/identity.ts';
import { isDead, parseStat } from '../../../src/supervisor/process/proc-stat.ts';
import { openArena } from './arena.ts';

const field = fc.nat();

test('whatever a process calls itself, its other fields are read', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom('R', 'S', 'Z'),
      fc.array(field, { minLength: 49, maxLength: 49 }),
      (name, state, rest) => {
        const stat = parseStat(`4711 (${name}) ${state} ${rest.join(' ')}\n`);
        expect(stat).toEqual({
          pid: 4711,
          state,
          ppid: rest[0],
          pgid: rest[1],
          sid: rest[2],
          userTicks: rest[10],
          systemTicks: rest[11],
          childTicks: (rest[12] ?? 0) + (rest[13] ?? 0),
          threads: rest[16],
          startTicks: rest[18],
        });
      },
    ),
    {
      examples: [
        [') R 1 (', 'S', Array(49).fill(7)],
        [') Z 1 1 1)', 'R', Array(49).fill(8)],
        ['a\nb) ', 'R', Array(49).fill(9)],
      ],
    },
  );
});

test('what is no such line is none', () => {
  for (const text of ['', '1', '1 (sh', '1 (sh) S 1 2', 'x (sh) S 1 2 3']) expect(parseStat(text)).toBeNull();
});

test('a real process with a treacherous name', async () => {
  await using arena = await openArena();
  const program = path.join(arena.dir, ') R 1 (');
  copyFileSync('/bin/sleep', program);
  const child = spawn(program, ['3600'], { stdio: 'ignore', detached: true, env: arena.env });
  expect(readStat(child.pid ?? 0)).toMatchObject({
    pid: child.pid,
    ppid: process.pid,
    pgid: child.pid,
    sid: child.pid,
  });
  child.kill();
  await once(child, 'exit');
  expect(readStat(child.pid ?? 0)).toBeNull();
});

test.each([
  ['R', 1, false],
  ['S', 4, false],
  ['D', 1, false],
  ['T', 1, false],
  ['Z', 1, true],
  ['Z', 3, false],
  ['X', 1, true],
])('state %s with %i threads: dead is %s', (state, threads, dead) => {
  const stat = parseStat(`1 (x) ${state} ${Array(49).fill(0).join(' ')}`);
  expect(stat && isDead({ ...stat, threads })).toBe(dead);
});
