import { expect, test } from 'vitest';
import { type News, newsOf } from '../../../src/cockpit/views/servers/settle-units.ts';
import { unit } from '../staged.ts';

const shown = unit('mem0', 'ready', { cpuPercent: 0, memoryBytes: 60_000_000, probes: [3, 4] });

test.each<[string, Partial<typeof shown>, News]>([
  ['another state', { state: 'degraded', probes: [3, 4, null] }, 'state'],
  ['a cause', { cause: { what: 'exit 1' } }, 'state'],
  ['a server at work', { cpuPercent: 40, probes: [3, 4, 5] }, 'usage'],
  ['memory that grew', { memoryBytes: 90_000_000 }, 'usage'],
  ['half a percent now and then', { cpuPercent: 0.6 }, 'none'],
  ['a page more or less', { memoryBytes: 60_400_000 }, 'none'],
  ['another probe', { cpuPercent: 0.6, probes: [3, 4, 5] }, 'latency'],
  ['the same again', {}, 'none'],
])('%s', (_, change, news) => {
  expect(newsOf(shown, { ...shown, ...change })).toBe(news);
});

test('a server at rest is shown at rest, however little it did before', () => {
  expect(newsOf({ ...shown, cpuPercent: 0.6 }, shown)).toBe('usage');
});

test('a server that was not there before is news', () => {
  expect(newsOf(undefined, shown)).toBe('state');
});
