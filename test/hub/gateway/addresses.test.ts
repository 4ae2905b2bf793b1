import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressed, type Offered, openAddress, ownersOf } from '../../../src/hub/gateway/addresses.ts';

const none: Omit<Offered, 'server'> = { uris: [], templates: [], hasResources: true };

it('finds back whatever it prefixed', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/), fc.string(), (server, uri) => {
      expect(openAddress(addressed({ server, uri }))).toEqual({ server, uri });
    }),
  );
  expect(openAddress('file:///etc/hosts')).toBeNull();
  expect(openAddress('mcp-cockpit://one')).toBeNull();
});

it('asks the likeliest owner of a resource first', () => {
  const all: Offered[] = [
    { server: 'none', ...none, hasResources: false },
    { server: 'any', ...none },
    { server: 'scheme', ...none, uris: ['doc://other'] },
    { server: 'template', ...none, templates: ['doc://{year}/{month}.md'] },
    { server: 'list', ...none, uris: ['doc://2026/11.md'] },
  ];
  const owners = ownersOf('doc://2026/11.md', all).map(({ server }) => server);
  expect(owners).toEqual(['list', 'template', 'scheme', 'any']);
  expect(ownersOf('mcp-cockpit://any/doc://2026/11.md', all)).toEqual([{ server: 'any', uri: 'doc://2026/11.md' }]);
  expect(ownersOf('doc://2026/11.txt', all).map(({ server }) => server)).toEqual(['scheme', 'template', 'list', 'any']);
});
