import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEnvFile } from '../../../src/registry/env-file.ts';
import { expandVariables } from '../../../src/registry/expand.ts';
import { envText } from '../../../src/registry/import/env-text.ts';
import { moveSecrets } from '../../../src/registry/import/move-secrets.ts';

const move = (entry: Record<string, unknown>, name = 'gh') => {
  const { server, variables } = moveSecrets({ name, entry, notes: [] });
  return { entry: server.entry, variables };
};

const GITHUB = `ghp_${'a1B2'.repeat(9)}`;
const RANDOM = '9f8e7d6c5b4a39281706f5e4d3c2b1a0';

describe('what moves', () => {
  test.each([
    [
      'a variable by its name',
      { env: { API_KEY: 'abcd1', MODE: 'fast' } },
      { env: { MODE: 'fast' } },
      { API_KEY: 'abcd1' },
    ],
    ['a variable by its look', { env: { GH: GITHUB } }, {}, { GH: GITHUB }],
    ['one that is random text', { env: { SALT: RANDOM } }, {}, { SALT: RANDOM }],
    ['a password in a URL', { env: { DB: 'postgres://u:pw12@h/d' } }, {}, { DB: 'postgres://u:pw12@h/d' }],
    [
      'a bearer token',
      { headers: { Authorization: 'Bearer abcdefgh', Accept: '*/*' } },
      { headers: { Authorization: 'Bearer ${GH_TOKEN}', Accept: '*/*' } },
      { GH_TOKEN: 'abcdefgh' },
    ],
    [
      'a header',
      { headers: { 'X-Api-Key': 'k123' } },
      { headers: { 'X-Api-Key': '${X_API_KEY}' } },
      { X_API_KEY: 'k123' },
    ],
    [
      'parts of a URL',
      { url: `https://u:pw12@x.example/s/${RANDOM}/mcp?api_key=zz99&page=1` },
      { url: 'https://u:${GH_PASSWORD}@x.example/s/${GH_KEY}/mcp?api_key=${API_KEY}&page=1' },
      { GH_PASSWORD: 'pw12', GH_KEY: RANDOM, API_KEY: 'zz99' },
    ],
    [
      'arguments, in all their forms',
      { args: ['--token', 'abcd', '--api-key=efgh', '-e', 'DB_PASSWORD=ijkl', '--header', 'X-Secret: mnop', GITHUB] },
      {
        args: [
          ...['--token', '${TOKEN}', '--api-key=${API_KEY}', '-e', 'DB_PASSWORD=${DB_PASSWORD}'],
          ...['--header', 'X-Secret: ${X_SECRET}', '${GH_KEY}'],
        ],
      },
      { TOKEN: 'abcd', API_KEY: 'efgh', DB_PASSWORD: 'ijkl', X_SECRET: 'mnop', GH_KEY: GITHUB },
    ],
  ])('%s', (_what, entry, kept, variables) => {
    expect(move(entry)).toEqual({ entry: kept, variables });
  });
});

test.each([
  { env: { TOKEN: '${TOKEN}', KEY: '${env:KEY:-x}' }, headers: { Authorization: 'Bearer ${T}' } },
  {
    env: { MAX_TOKENS: '4096', AUTH: 'none', KEY_FILE: '/home/u/key.pem', ID: '123e4567-e89b-12d3-a456-426614174000' },
  },
  { args: ['-y', '@modelcontextprotocol/server-filesystem', '/home/u/a-very-long-folder-name-without-any-secret'] },
  { args: ['--token', '--verbose', '--key', '${KEY}'] },
  { url: 'https://x.example/mcp?page=1#part' },
])('what stays: %j', (entry) => {
  expect(move(entry)).toEqual({ entry, variables: {} });
});

test('two secrets that would get one name get two; the same secret gets one', () => {
  expect(move({ args: ['--token', 'aaaa', '--token', 'bbbb', '--token', 'aaaa'] })).toEqual({
    entry: { args: ['--token', '${TOKEN}', '--token', '${TOKEN_2}', '--token', '${TOKEN}'] },
    variables: { TOKEN: 'aaaa', TOKEN_2: 'bbbb' },
  });
});

test('a variable of the entry that stays keeps its name to itself', () => {
  const { entry, variables } = move({ args: ['--token', 'aaaa'], env: { TOKEN: '${MINE}' } });
  expect(entry).toEqual({ args: ['--token', '${TOKEN_2}'], env: { TOKEN: '${MINE}' } });
  expect(variables).toEqual({ TOKEN_2: 'aaaa' });
});

test('whatever the secret is, it is nowhere in the entry, and the entry means what it meant', () => {
  const secret = fc
    .stringMatching(/^[A-Za-z0-9!%*.,;<>~^-]{8,20}$/)
    .filter((text) => !/^(?:bearer|disabled|required|enabled|\d+)/i.test(text) && !text.startsWith('-'));
  fc.assert(
    fc.property(secret, (value) => {
      const before = { command: 'x', args: ['--password', value, `--token=${value}`], headers: { 'X-Key': value } };
      const { entry, variables } = move(before);
      expect(JSON.stringify(entry)).not.toContain(value);
      const meant = (text: string) => expandVariables(text, (name) => variables[name]).text;
      expect(
        JSON.parse(JSON.stringify(entry), (_key, item) => (typeof item === 'string' ? meant(item) : item)),
      ).toEqual(before);
    }),
  );
});

test('an env file reads back as what was written, or is refused', () => {
  const value = fc.string({ unit: fc.constantFrom(...'aZ9 \t\n\r\'"`\\$#={}é') });
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,5}$/), value, { maxKeys: 4 }), (variables) => {
      const text = envText(variables, '/x.env');
      if (!text.ok) {
        for (const secret of Object.values(variables)) {
          if (secret.length > 3) expect(JSON.stringify(text.problem)).not.toContain(secret);
        }
        return;
      }
      expect(parseEnvFile(text.value, '/x.env')).toEqual({ ok: true, value: { ...variables } });
    }),
    { numRuns: 500 },
  );
  for (const plain of ["it's", 'a"b', 'a b', 'a#b', 'p@ss$word', 'line\nline', '']) {
    expect(envText({ A: plain }, '/x.env').ok).toBe(true);
  }
});
