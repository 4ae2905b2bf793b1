import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultRegistry } from '../../src/registry/default-registry.ts';
import { matchesWithin } from '../../src/router/pattern.ts';
import { FITS, type Rankable, rank, reasons } from '../../src/router/rank.ts';
import { readRouterConfig } from '../../src/router/router-config.ts';
import { phraseIn, stem, wordsOf } from '../../src/router/words.ts';

const server = (name: string, more: Partial<Rankable> = {}): Rankable => ({
  name,
  title: name,
  description: '',
  tags: [],
  keywords: [],
  patterns: [],
  tools: [],
  ...more,
});

/** The servers that every new registry has, and two that nobody has said much about. */
const SERVERS: readonly Rankable[] = [
  ...Object.entries(defaultRegistry({ mem0: 1, filesystem: 2, github: 3 })).map(([name, entry]) =>
    server(name, {
      title: entry.name ?? name,
      description: entry.description ?? '',
      tags: entry.tags ?? [],
      keywords: entry.keywords ?? [],
    }),
  ),
  server('weather-api', {
    keywords: ['weather', 'forecast', 'temperature', 'climate'],
    patterns: ['what.+like outside'],
  }),
  server('calendar', { tools: [{ name: 'createEvent', description: 'Puts an appointment into the diary' }] }),
];

const best = (prompt: string) => rank(prompt, SERVERS)[0]?.name;
const fitting = (prompt: string) =>
  rank(prompt, SERVERS)
    .filter(({ score }) => score >= FITS)
    .map(({ name }) => name);

describe('the servers of the documentation, by its own prompts', () => {
  test.each([
    ['Remember my coding preferences', 'mem0'],
    ['Create a new GitHub repository', 'github'],
    ['what will the temperature be tomorrow?', 'weather-api'],
    ['read the files in this directory', 'filesystem'],
    ['What is it like outside', 'weather-api'],
    ['open two pull requests', 'github'],
    ['create an event', 'calendar'],
  ])('%s → %s', (prompt, name) => {
    expect(best(prompt)).toBe(name);
  });

  test('several asks in one prompt fit several servers', () => {
    expect(fitting('I want to work with GitHub repositories and save notes').toSorted()).toEqual(['github', 'mem0']);
  });

  test.each(['hello there', 'thank you, that will be all', '', '???'])('nothing fits %j', (prompt) => {
    expect(fitting(prompt)).toEqual([]);
  });
});

test('a server that is named comes first, and the reasons say why', () => {
  const [first] = rank('use the calendar for the weather forecast of mem0', SERVERS).filter(
    ({ name }) => name === 'calendar',
  );
  expect(first && reasons(first)).toEqual(['name "calendar"']);
  expect(rank('ask the calendar', SERVERS)[0]?.score).toBeGreaterThan(FITS);
});

test('a word that all servers have decides nothing; many tools alone do not win', () => {
  const tools = Array.from({ length: 200 }, (_, index) => ({
    name: `send_thing_${index}`,
    description: 'send, send, send',
  }));
  const ranked = rank('send an email', [server('big', { tools }), server('mail', { keywords: ['email', 'send'] })]);
  expect(ranked.map(({ name }) => name)).toEqual(['mail', 'big']);
  const same = rank('search', [server('a', { keywords: ['search'] }), server('b', { keywords: ['search'] })]);
  const alone = rank('search', [server('a', { keywords: ['search'] })]);
  expect(same[0]?.score).toBeLessThan(alone[0]?.score ?? 0);
});

test('scores are between 0 and 1, sorted, each server once', () => {
  const ranked = rank('remember weather github files event calendar forecast commit memory', SERVERS);
  const scores = ranked.map(({ score }) => score);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
  expect(new Set(ranked.map(({ name }) => name)).size).toBe(ranked.length);
});

test('words: identifiers taken apart, brands left whole, forms brought together', () => {
  expect(wordsOf('createPullRequest of GitHub, read_file!')).toEqual([
    'create',
    'pull',
    'request',
    'github',
    'read',
    'file',
  ]);
  for (const [a, b] of [
    ['repository', 'repositories'],
    ['note', 'notes'],
    ['searches', 'search'],
    ['creating', 'create'],
    ['stored', 'store'],
    ['running', 'run'],
  ] as const) {
    expect(stem(a)).toBe(stem(b));
  }
  expect(stem('status')).toBe('status');
  expect(phraseIn('pull request', wordsOf('two pull requests'))).toBe(true);
  expect(phraseIn('pull request', wordsOf('request a pull'))).toBe(false);
  expect(phraseIn('the', wordsOf('the'))).toBe(false);
});

test('a pattern of the user is a regular expression without case; a broken or endless one matches nothing', () => {
  expect(matchesWithin('what.+WEATHER', 'what a weather')).toBe(true);
  expect(matchesWithin('(', '(')).toBe(false);
  expect(matchesWithin('^(a+)+$', `${'a'.repeat(40)}!`)).toBe(false);
});

test("the user's own words come from a file; a broken one is told and adds nothing", async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'router-'));
  const file = path.join(dir, 'config.json');
  expect(readRouterConfig(file)).toMatchObject({ problem: null });
  await writeFile(
    file,
    '{ "server_keywords": { "mail": ["inbox"] }, "task_patterns": { "mail": ["new mail"] }, "default_limits": {} }',
  );
  const { config } = readRouterConfig(file);
  expect([config.keywords.get('mail'), config.patterns.get('mail')]).toEqual([['inbox'], ['new mail']]);
  for (const text of ['{ "server_keywords": ', '{ "server_keywords": { "mail": "inbox" } }', '[]']) {
    await writeFile(file, text);
    const { config: none, problem } = readRouterConfig(file);
    expect(none.keywords.size).toBe(0);
    expect(problem?.what).toContain(file);
  }
  await rm(dir, { recursive: true });
});
