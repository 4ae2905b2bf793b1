import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTable } from '../../src/cli/table.ts';

const bare = (text: string) => text;

test('columns are as wide as their widest cell; figures stand at the right', () => {
  const rows = [
    { cells: [{ text: 'mem0' }, { text: '8050' }, { text: 'Memory' }] },
    { cells: [{ text: 'a-long-name' }, { text: '-' }, { text: '' }], below: [{ text: '└ why' }] },
  ];
  const columns = [{ title: 'NAME' }, { title: 'PORT', align: 'right' } as const, { title: 'WHAT' }];
  expect(formatTable(columns, rows, bare)).toEqual([
    'NAME         PORT  WHAT',
    'mem0         8050  Memory',
    'a-long-name     -',
    '  └ why',
  ]);
});

test('colour changes no column', () => {
  const cell = fc.record({
    text: fc.stringMatching(/^[\w◉-]{0,12}$/u),
    role: fc.constantFrom('ok' as const, undefined),
  });
  const columns = [{ title: 'A' }, { title: 'B', align: 'right' } as const, { title: 'C' }];
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }), (table) => {
      const rows = table.map((cells) => ({ cells }));
      const plain = formatTable(columns, rows, bare);
      const painted = formatTable(columns, rows, (text, role) => (role && text ? `<${role}>${text}</>` : text));
      expect(painted.map((line) => line.replaceAll(/<\/?\w*>/g, '').trimEnd())).toEqual(plain);
    }),
  );
});
