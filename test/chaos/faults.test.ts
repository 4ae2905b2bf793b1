import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../helpers/root.ts';
import { FAULTS, faultsOf } from './faults.ts';

/** Titles as they stand in the source, with their parameters unfilled. */
async function titlesIn(file: string): Promise<string[]> {
  const source = await readFile(join(root, 'test', file), 'utf8');
  return [...source.matchAll(/['`]((?:F\d+ )+\S)/g)].map(([, title = '']) => title);
}

test('the catalogue names, for every fault that is played, files whose titles speak of it', async () => {
  for (const [fault, { files }] of Object.entries(FAULTS)) {
    for (const file of files) {
      const spoken = (await titlesIn(file)).flatMap(faultsOf);
      expect(spoken, `${fault} in ${file}`).toContain(fault);
    }
  }
});

test('every test of a fault is in the catalogue', async () => {
  const names = (await readdir(join(root, 'test/chaos'))).filter((name) => name.endsWith('.test.ts'));
  for (const name of names) {
    const file = `chaos/${name}`;
    for (const fault of (await titlesIn(file)).flatMap(faultsOf))
      expect(FAULTS[fault]?.files, `${fault} is played in ${file}`).toContain(file);
  }
});
