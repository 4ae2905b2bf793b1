import type { JsonObject } from '../../protocol/json-rpc.ts';

export const DEFAULT_LIMIT = 8;
export const MOST_FOUND = 50;

/** Clients that defer tools (Claude Code) load these at once: all others are found through them. */
const ALWAYS = { 'anthropic/alwaysLoad': true };

const NAME = { type: 'string', description: 'Name of a tool as find_tools gave it, such as github__create_issue.' };

/** The tools of the search face. */
export const SEARCH_TOOLS: readonly JsonObject[] = [
  {
    name: 'find_tools',
    title: 'Find tools',
    description:
      'Searches the tools of all connected MCP servers by what they do. Say in a few words what you want to do, such as ' +
      '"create a GitHub issue" or "read a file". Returns the names and descriptions of the best matches, the best first. ' +
      'Call this before you conclude that something cannot be done.',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', description: 'What you want to do, in a few words; or the name of a server.' },
        limit: {
          type: 'integer',
          minimum: 1,
          maximum: MOST_FOUND,
          default: DEFAULT_LIMIT,
          description: 'How many tools to return at most.',
        },
      },
      required: ['query'],
    },
    annotations: { title: 'Find tools', readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    _meta: ALWAYS,
  },
  {
    name: 'describe_tool',
    title: 'Describe a tool',
    description:
      'Returns the whole definition of one tool: its description and the JSON Schema of its arguments. Read it before ' +
      'the first call of a tool.',
    inputSchema: { type: 'object', properties: { name: NAME }, required: ['name'] },
    annotations: { title: 'Describe a tool', readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    _meta: ALWAYS,
  },
  {
    name: 'call_tool',
    title: 'Call a tool',
    description:
      'Calls a tool that find_tools found, with arguments as its schema (describe_tool) wants them, and returns what the ' +
      'tool returns.',
    inputSchema: {
      type: 'object',
      properties: {
        name: NAME,
        arguments: { type: 'object', description: 'Arguments of that tool, by its own schema.' },
      },
      required: ['name'],
    },
    // It is as harmless or dangerous as what it calls.
    annotations: { title: 'Call a tool', readOnlyHint: false, destructiveHint: true, openWorldHint: true },
    _meta: ALWAYS,
  },
];
