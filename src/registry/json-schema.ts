import * as z from 'zod';
import { serverEntrySchema } from './entry.ts';
import { SERVER_NAME_PATTERN } from './server-name.ts';

/** The JSON Schema (draft 7, which editors know best) of `~/.mcp-servers.json`, made from the schema it is checked with. */
export function registryJsonSchema(): Record<string, unknown> {
  const { $schema, ...entry } = z.toJSONSchema(serverEntrySchema, { target: 'draft-7', io: 'input' });
  return {
    $schema,
    title: 'MCP servers',
    description:
      'The servers that MCP Cockpit runs: one property per server. Comments and trailing commas are allowed.',
    type: 'object',
    properties: { $schema: { type: 'string' } },
    propertyNames: { anyOf: [{ const: '$schema' }, { pattern: SERVER_NAME_PATTERN.source }] },
    additionalProperties: { $ref: '#/definitions/server' },
    definitions: { server: entry },
  };
}
