import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PORTS, defaultRegistry } from '../../src/registry/default-registry.ts';
import { registryJsonSchema } from '../../src/registry/json-schema.ts';

const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(registryJsonSchema());

test('the committed file is the current schema (vitest -u writes it)', async () => {
  await expect(`${JSON.stringify(registryJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    '../../src/registry/mcp-servers.schema.json',
  );
});

describe('what an editor says', () => {
  test.each([
    [defaultRegistry(DEFAULT_PORTS)],
    [{}],
    [{ $schema: './mcp-servers.schema.json', a: { command: 'x', mine: 1 } }],
    [{ a: { command: 'x', env: { N: 1, B: true }, health: { interval: 5, timeout: '500ms' } } }],
    [{ a: { command: 'x', dependencies: { r: { type: 'docker', image: 'redis', ports: { '6379': 6379 } } } } }],
  ])('accepts %j', (registry) => {
    expect(validate(registry) || validate.errors).toBe(true);
  });

  test.each([
    [[]],
    [{ a: 5 }],
    [{ 'a b': { command: 'x' } }],
    [{ a: { command: 'x', port: '8050' } }],
    [{ a: { command: 'x', port: 70_000 } }],
    [{ a: { command: 'x', transport: 'htp' } }],
    [{ a: { command: 'x', stop: { grace: 'soon' } } }],
    [{ a: { command: 'x', dependencies: { r: { type: 'dokcer', image: 'redis' } } } }],
    [{ a: { command: 'x', dependencies: { r: { type: 'docker' } } } }],
  ])('rejects %j', (registry) => {
    expect(validate(registry)).toBe(false);
  });
});
