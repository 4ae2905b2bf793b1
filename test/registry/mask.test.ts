import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MASK, maskEntry, maskInline, maskText, secretValues } from '../../src/registry/mask.ts';
import { isSecretName } from '../../src/registry/secret-names.ts';

describe('names', () => {
  test.each([
    'OPENAI_API_KEY',
    'GITHUB_PERSONAL_ACCESS_TOKEN',
    'DB_PASSWORD',
    'PGPASSWORD',
    'MYSQL_PWD',
    'apiKey',
    'x-api-key',
    'Authorization',
    'Cookie',
    'CLIENT_SECRET',
    'AWS_CREDENTIALS',
    'SENTRY_DSN',
    'BASIC_AUTH',
    'OPENAIAPIKEY',
    '--token',
    'SSH_PASSPHRASE',
  ])('%s is secret', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  test.each([
    'PATH',
    'PWD',
    'HOME',
    'GIT_AUTHOR_NAME',
    'KEYBOARD',
    'keywords',
    'monkey',
    'SSH_AUTH_SOCK',
    'SSL_KEY_FILE',
    'TOKENIZERS',
    'PORT',
    'command',
  ])('%s is not', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe('an entry for display', () => {
  test('secrets are masked wherever they stand; references and everything else stay', () => {
    const shown = maskEntry({
      command: 'API_KEY=abc123 serve --token s3cret --port 80 postgres://ann:hunter2@db/x',
      args: ['--api-key', 'abc123', '--password=abc123', '--port', '80', '${TOKEN}'],
      env: { API_KEY: 'abc123', TOKEN: '${GITHUB_TOKEN}', LEVEL: 'debug', DATABASE_URL: 'postgres://ann:hunter2@db/x' },
      headers: { Authorization: 'Bearer abc123', 'X-Api-Key': 'abc123', Accept: 'text/plain' },
      url: 'https://example.org/mcp?api_key=abc123&page=2',
      dependencies: {
        db: { type: 'docker', image: 'postgres', env: { POSTGRES_PASSWORD: 'abc123', POSTGRES_USER: 'u' } },
      },
      keywords: ['token', 'keys'],
      port: 8050,
    });
    expect(JSON.stringify(shown)).not.toMatch(/abc123|s3cret|hunter2/);
    expect(shown).toMatchObject({
      command: `API_KEY=${MASK} serve --token ${MASK} --port 80 postgres://ann:${MASK}@db/x`,
      args: ['--api-key', MASK, `--password=${MASK}`, '--port', '80', '${TOKEN}'],
      env: { TOKEN: '${GITHUB_TOKEN}', LEVEL: 'debug' },
      headers: { Authorization: `Bearer ${MASK}`, Accept: 'text/plain' },
      url: `https://example.org/mcp?api_key=${MASK}&page=2`,
      dependencies: { db: { env: { POSTGRES_USER: 'u' } } },
      keywords: ['token', 'keys'],
      port: 8050,
    });
  });

  test('a header that is made of a reference names it', () => {
    expect(maskEntry({ headers: { Authorization: 'Bearer ${GITHUB_TOKEN}' } })).toEqual({
      headers: { Authorization: 'Bearer ${GITHUB_TOKEN}' },
    });
  });

  test('the default of a reference is a secret as well', () => {
    expect(JSON.stringify(maskEntry({ env: { API_KEY: '${KEY:-abc123}' } }))).not.toContain('abc123');
  });

  test.each([null, 5, 'x', [], {}])('%j needs no entry to be shown', (raw) => {
    expect(maskEntry(raw)).toEqual(raw);
  });

  test('masking twice changes nothing more, and any entry can be masked', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        const masked = maskEntry(raw);
        expect(maskEntry(masked)).toEqual(masked);
      }),
    );
  });
});

describe('texts', () => {
  test('every secret goes, longer ones first', () => {
    expect(maskText('key=abcdef, abcd and abcdef', ['abcd', 'abcdef'])).toBe(`key=${MASK}, ${MASK} and ${MASK}`);
  });

  test('short values are no secrets: masking them would make the text unreadable', () => {
    expect(maskText('on and on', ['on', ''])).toBe('on and on');
  });

  test('no listed secret is left in any text', () => {
    const secret = fc.string({ minLength: 4 }).filter((text) => !MASK.includes(text) && !text.includes('•'));
    fc.assert(
      fc.property(fc.array(secret, { maxLength: 4 }), fc.array(fc.string(), { maxLength: 5 }), (secrets, parts) => {
        const masked = maskText(parts.flatMap((part, index) => [part, secrets[index] ?? '']).join(' '), secrets);
        for (const one of secrets) expect(masked.includes(one)).toBe(false);
      }),
    );
  });

  test('a command line without secrets stays as it is', () => {
    const line = 'uvx --from mcp-server-git mcp-server-git --repository ~/src --key-file ~/.ssh/id';
    expect(maskInline(line)).toBe(line);
  });
});

describe('what counts as secret in an environment', () => {
  test('secret names, passwords in URLs, and what an env file holds unless it is commonplace', () => {
    const file = { LEVEL: 'debug', TTL: '3600', WHERE: 'production', MODE: 'http', ACCOUNT: 'acme-4711', KEY: 'k1' };
    const secrets = secretValues(
      {
        ...file,
        HOME: '/home/ann',
        API_TOKEN: 'tok-123',
        DB: 'postgres://u:hunter2@h/d',
        Authorization: 'Bearer abcdef',
      },
      file,
    );
    expect([...secrets].sort()).toEqual(['Bearer abcdef', 'abcdef', 'acme-4711', 'hunter2', 'tok-123']);
  });

  test('a value that the entry set over the env file is the entry’s', () => {
    expect(secretValues({ ACCOUNT: 'everybody' }, { ACCOUNT: 'acme-4711' })).toEqual([]);
  });

  test('a switch or a number is none, whatever its name: masking it would blot out half of every text', () => {
    expect(secretValues({ AUTH: 'none', MAX_TOKEN: '4096', USE_KEY: 'true' }, {})).toEqual([]);
  });

  test('a scheme alone is none', () => {
    expect(secretValues({ Authorization: 'Bearer' }, {})).toEqual([]);
  });
});
