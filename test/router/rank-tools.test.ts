import { expect, it } from 'vitest';
import { type RankableTool, rankTools } from '../../src/router/rank-tools.ts';

const tool = (name: string, description = '', more: Partial<RankableTool> = {}): RankableTool => ({
  name,
  description,
  title: '',
  parameters: [],
  hints: '',
  ...more,
});

const TOOLS = [
  tool('github__create_issue', 'Opens a new issue in a repository.', { parameters: ['repo', 'title'] }),
  tool('github__list_issues', 'Lists the issues of a repository.'),
  tool('fs__read_text_file', 'Reads the contents of a file from the disk.', { parameters: ['path'] }),
  tool('fs__write_file', 'Writes a file, and replaces what was there.'),
  tool('mail__send', 'Sends an email.', { hints: 'message letter' }),
  tool('everything__echo', `Says what it is told. ${'Also about files, issues and mail. '.repeat(20)}`),
];

const best = (query: string) => rankTools(query, TOOLS).map((ranked) => ranked.tool.name);

it('finds tools by what they are called, do and take, in whatever form of a word', () => {
  expect(best('create an issue')[0]).toBe('github__create_issue');
  expect(best('listing issues')[0]).toBe('github__list_issues');
  expect(best('read the file notes.txt')[0]).toBe('fs__read_text_file');
  expect(best('write a letter')).toContain('mail__send');
  expect(best('github').toSorted()).toEqual(['github__create_issue', 'github__list_issues']);
});

it('leaves out what shares no word, and is not taken in by long texts', () => {
  expect(best('knitting patterns')).toEqual([]);
  expect(best('')).toEqual([]);
  expect(best('file').at(-1)).toBe('everything__echo');
});

it('keeps equals in their order', () => {
  const twins = [tool('b__same'), tool('a__same')];
  expect(rankTools('same', twins).map((ranked) => ranked.tool.name)).toEqual(['b__same', 'a__same']);
});
