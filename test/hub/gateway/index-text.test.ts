import fc from 'fast-check';
import { expect, it } from 'vitest';
import { indexText } from '../../../src/hub/gateway/index-text.ts';

const line = fc.record({
  server: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  prefix: fc.option(fc.stringMatching(/^[a-z]{1,20}$/)),
  about: fc.option(fc.string({ unit: 'binary', maxLength: 3000 })),
  trouble: fc.option(fc.string({ maxLength: 200 })),
});

it('stays within two kilobytes, one line for each server that fits', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 120 }), (lines) => {
      const text = indexText(lines, 'Servers:');
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2048);
      expect(text.split('\n').length).toBeLessThanOrEqual(lines.length + 2);
    }),
  );
});

it('says what each is good for, what it is called in names, and what ails it', () => {
  const text = indexText(
    [
      { server: 'git', prefix: 'git', about: 'Commits,\nbranches', trouble: null },
      { server: 'my.db', prefix: 'my_db', about: null, trouble: 'crashed: exit 1' },
    ],
    'Servers:',
  );
  expect(text).toBe('Servers:\n- git: Commits, branches\n- my.db (my_db__) [crashed: exit 1]');
  expect(indexText([], 'Servers:')).toContain('mcp start');
});

it('shortens what is said before it leaves out a server, and says how many it left out', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      server: `s${index}`,
      prefix: null,
      about: 'word '.repeat(99),
      trouble: null,
    }));
  const some = indexText(many(40), 'Servers:');
  for (let index = 0; index < 40; index += 1) expect(some).toContain(`- s${index}: word`);
  expect(indexText(many(900), 'Servers:')).toMatch(/s0, s1, .* and \d+ more$/s);
});
