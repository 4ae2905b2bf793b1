import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type LogPosition,
  positionPath,
  readPosition,
  writePosition,
} from '../../../src/supervisor/logs/log-position.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const POSITION: LogPosition = {
  generation: 3,
  base: 4096,
  head: 512,
  archives: [{ ino: 17, start: 0, head: 0 }],
  cutting: { bytes: 100, ino: 18, size: 200, fingerprint: 'abc', keep: 2 },
};

test('a position is read as it was written', () => {
  using dir = temporaryDirectory();
  const log = join(dir.path, 'a.log');
  writePosition(log, POSITION);
  expect(readPosition(log)).toEqual(POSITION);
  writePosition(log, { ...POSITION, cutting: null });
  expect(readPosition(log).cutting).toBeNull();
});

test.each([
  ['nothing', ''],
  ['half of it', JSON.stringify(POSITION).slice(0, 40)],
  ['another thing', '[]'],
  ['no object', 'null'],
  ['a base that is no number', JSON.stringify({ ...POSITION, base: '4096' })],
  ['half a byte', JSON.stringify({ ...POSITION, base: 0.5 })],
  ['a hole of negative size', JSON.stringify({ ...POSITION, head: -1 })],
  ['no archives', JSON.stringify({ ...POSITION, archives: undefined })],
  ['a broken archive', JSON.stringify({ ...POSITION, archives: [{ ino: 1 }] })],
  ['a broken cut', JSON.stringify({ ...POSITION, cutting: {} })],
])('a file that holds %s counts from 0', (_, text) => {
  using dir = temporaryDirectory();
  const log = join(dir.path, 'a.log');
  writeFileSync(positionPath(log), text);
  expect(readPosition(log)).toEqual({ generation: 0, base: 0, head: 0, archives: [], cutting: null });
});
