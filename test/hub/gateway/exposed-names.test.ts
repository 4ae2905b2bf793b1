import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exposedNames, LONGEST_NAME, prefixesOf } from '../../../src/hub/gateway/exposed-names.ts';

const serverName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const near = fc.stringMatching(/^[ab][ab._-]{0,4}$/);
const toolName = fc.oneof(
  fc.stringMatching(/^[ab._/ -]{0,6}$/),
  fc.string({ maxLength: 200 }),
  fc.constant('x'.repeat(150)),
);
const catalog = fc.dictionary(fc.oneof(serverName, near), fc.uniqueArray(toolName, { maxLength: 8 }), { maxKeys: 8 });

it('gives every tool of every server a name of its own that clients take', () => {
  fc.assert(
    fc.property(catalog, (servers) => {
      const shown = shownNames(servers);
      expect(new Set(shown).size).toBe(shown.length);
      for (const name of shown) expect(name).toMatch(/^[A-Za-z0-9_-]+$/);
      for (const name of shown) expect(name.length).toBeLessThanOrEqual(LONGEST_NAME);
    }),
  );
});

it('names the tools of a server alike whatever other servers there are', () => {
  fc.assert(
    fc.property(catalog, fc.uniqueArray(toolName), (servers, tools) => {
      const alone = [...exposedNames('mine', tools).values()];
      expect(shownNames({ ...servers, mine: tools }).filter((name) => name.startsWith('mine__'))).toEqual(alone);
    }),
  );
});

it('leaves names alone that need nothing', () => {
  expect([...prefixesOf(['github', 'my-files', 'a_b'])]).toEqual([
    ['github', 'github'],
    ['my-files', 'my-files'],
    ['a_b', 'a_b'],
  ]);
  expect([...exposedNames('github', ['create_issue', 'get.file'])]).toEqual([
    ['create_issue', 'github__create_issue'],
    ['get.file', 'github__get_file'],
  ]);
});

it('tells apart what would be equal, and leaves the one alone that was so called', () => {
  const names = exposedNames('s', ['a.b', 'a/b', 'a_b']);
  expect(names.get('a_b')).toBe('s__a_b');
  expect(names.get('a.b')).toMatch(/^s__a_b_[0-9a-f]{6}$/);
  expect(names.get('a/b')).toMatch(/^s__a_b_[0-9a-f]{6}$/);
  const prefixes = prefixesOf(['a.b', 'a_b', 'a__c', 'd_']);
  expect(prefixes.get('a_b')).toBe('a_b');
  expect(prefixes.get('a.b')).toMatch(/^a_b_[0-9a-f]{6}$/);
  expect(prefixes.get('a__c')).toBe('a_c');
  expect(prefixes.get('d_')).toBe('d');
});

function shownNames(servers: Readonly<Record<string, readonly string[]>>): string[] {
  const prefixes = prefixesOf(Object.keys(servers));
  return Object.entries(servers).flatMap(([server, tools]) => [
    ...exposedNames(prefixes.get(server) ?? '', tools).values(),
  ]);
}
