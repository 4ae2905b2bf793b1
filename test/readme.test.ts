import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { keyTable } from '../src/cockpit/key-table.ts';
import { root } from './helpers/root.ts';

const file = path.join(root, 'README.md');
const [START, END] = ['<!-- keys: generated, see CONTRIBUTING.md -->', '<!-- /keys -->'];

/** `UPDATE_README=1 vitest run test/readme.test.ts` writes the table anew. */
it('has the keys that the cockpit has', () => {
  const text = readFileSync(file, 'utf8');
  const [before = '', rest = ''] = text.split(START);
  const [, after = ''] = rest.split(END);
  const current = `${before}${START}\n${keyTable()}\n${END}${after}`;
  if (process.env.UPDATE_README) writeFileSync(file, current);
  expect(readFileSync(file, 'utf8')).toBe(current);
});

it('links only to what is there', () => {
  const links = [...readFileSync(file, 'utf8').matchAll(/\]\(([^)#]+)\)/g)].map(([, link = '']) => link);
  const missing = links.filter((link) => !link.startsWith('http') && !existsSync(path.join(root, link)));
  expect(missing).toEqual([]);
});

it('begins with the two commands', () => {
  const [first, second] = readFileSync(file, 'utf8').split('```')[1]?.trim().split('\n') ?? [];
  expect(first).toMatch(/^npm install && npm start\b/);
  expect(second).toMatch(/^npm install && npm test\b/);
});
