import { describe, expect, test } from 'vitest';
import { removeServer, serverIn, setServer, standsAs } from '../../src/claude/edit-servers.ts';

const ENTRY = { type: 'http', url: 'http://127.0.0.1:8049/mcp' };

/** As Claude Code writes it, and then somebody with a comment and tabs. */
const TEXT = `{
\t"numStartups": 3, // how often
\t"projects": {
\t\t"/home/u/shop": { "allowedTools": [], "hasTrustDialogAccepted": true }
\t},
\t/* mine */
\t"mcpServers": {
\t\t"github": { "command": "npx" } // keep
\t}
}
`;

describe('setting a server', () => {
  test('touches nothing but the place where it goes', () => {
    const changed = setServer(TEXT, ['mcpServers'], 'cockpit', ENTRY);
    expect(changed).toBe(
      TEXT.replace(
        '{ "command": "npx" } // keep\n',
        `{ "command": "npx" }, // keep\n\t\t"cockpit": {\n\t\t\t"type": "http",\n\t\t\t"url": "${ENTRY.url}"\n\t\t}\n`,
      ),
    );
  });

  test.each([
    ['an empty file', ''],
    ['an empty object', '{}'],
    ['an object with other things', '{ "a": 1 }'],
    ['null where the servers should be', '{ "projects": { "/home/u/shop": { "mcpServers": null } } }'],
    ['no such project yet', '{ "projects": { "/other": { "x": 1 } } }'],
  ])('makes what is not there: %s', (_what, text) => {
    const path = ['projects', '/home/u/shop', 'mcpServers'];
    const changed = setServer(text, path, 'cockpit', ENTRY);
    const before = text === '' ? {} : JSON.parse(text);
    expect(JSON.parse(changed)).toEqual({
      ...before,
      projects: { ...before.projects, '/home/u/shop': { mcpServers: { cockpit: ENTRY } } },
    });
  });

  test('a second time changes nothing, and another value changes that value alone', () => {
    const once = setServer(TEXT, ['mcpServers'], 'cockpit', ENTRY);
    expect(setServer(once, ['mcpServers'], 'cockpit', ENTRY)).toBe(once);
    const moved = setServer(once, ['mcpServers'], 'cockpit', { ...ENTRY, url: 'http://127.0.0.1:9000/mcp' });
    expect(moved).toBe(once.replace('8049', '9000'));
  });
});

test('set and removed again is the text that it was, however it is written', () => {
  for (const text of [TEXT, TEXT.replaceAll('\n', '\r\n'), TEXT.replaceAll('\t', '    ')]) {
    const there = setServer(text, ['mcpServers'], 'cockpit', ENTRY);
    expect(removeServer(there, ['mcpServers'], 'cockpit')).toBe(text);
  }
});

test('removing what is not there changes nothing', () => {
  expect(removeServer(TEXT, ['mcpServers'], 'other')).toBe(TEXT);
  expect(removeServer(TEXT, ['projects', '/none', 'mcpServers'], 'github')).toBe(TEXT);
  expect(removeServer('', ['mcpServers'], 'github')).toBe('');
});

test('looking: the order of keys does not count, a missing one does', () => {
  expect(serverIn(TEXT, ['mcpServers'], 'github')).toEqual({ command: 'npx' });
  expect(serverIn(TEXT, ['mcpServers'], 'constructor')).toBeUndefined();
  const there = setServer(TEXT, ['mcpServers'], 'cockpit', ENTRY);
  expect(standsAs(there, ['mcpServers'], 'cockpit', { url: ENTRY.url, type: 'http' })).toBe(true);
  expect(standsAs(there, ['mcpServers'], 'cockpit', { ...ENTRY, timeout: 1 })).toBe(false);
  expect(standsAs(there, ['mcpServers'], 'cockpit', null)).toBe(false);
  expect(standsAs(TEXT, ['mcpServers'], 'cockpit', null)).toBe(true);
});
