import { createHash } from 'node:crypto';

/** What one can do with a memory. */
export const MEMORY_ACTIONS = ['save', 'search', 'list', 'forget'] as const;
export type MemoryAction = (typeof MEMORY_ACTIONS)[number];

/** Which tool does it, with which arguments; `${text}`, `${query}`, `${id}` and `${name}` in texts are filled in. */
export interface MemoryCall {
  readonly tool: string;
  readonly args?: Readonly<Record<string, unknown>> | undefined;
}

export type MemoryRole = Partial<Readonly<Record<MemoryAction, MemoryCall | undefined>>>;

/**
 * Memory servers that are known by their tools. The first whose tools are all there is meant; an action that a server has
 * no tool for is left out.
 */
const PRESETS: readonly { readonly known: string; readonly role: MemoryRole }[] = [
  {
    // The memory server that comes with the cockpit.
    known: 'save_memory',
    role: {
      save: { tool: 'save_memory', args: { text: '${text}' } },
      search: { tool: 'search_memory', args: { query: '${query}' } },
      list: { tool: 'list_memories' },
      forget: { tool: 'delete_memory', args: { id: '${id}' } },
    },
  },
  {
    // OpenMemory (mem0ai/mem0, openmemory/api/app/mcp_server.py). Older ones can only forget everything.
    known: 'add_memories',
    role: {
      save: { tool: 'add_memories', args: { text: '${text}' } },
      search: { tool: 'search_memory', args: { query: '${query}' } },
      list: { tool: 'list_memories' },
      forget: { tool: 'delete_memories', args: { memory_ids: ['${id}'] } },
    },
  },
  {
    // mem0's own (PyPI mem0-mcp-server).
    known: 'add_memory',
    role: {
      save: { tool: 'add_memory', args: { text: '${text}' } },
      search: { tool: 'search_memories', args: { query: '${query}' } },
      list: { tool: 'get_memories' },
      forget: { tool: 'delete_memory', args: { memory_id: '${id}' } },
    },
  },
  {
    // The reference server (npm @modelcontextprotocol/server-memory): a graph; a memory is an entity of its own.
    known: 'create_entities',
    role: {
      save: {
        tool: 'create_entities',
        args: { entities: [{ name: '${name}', entityType: 'memory', observations: ['${text}'] }] },
      },
      search: { tool: 'search_nodes', args: { query: '${query}' } },
      list: { tool: 'read_graph' },
      forget: { tool: 'delete_entities', args: { entityNames: ['${id}'] } },
    },
  },
];

/** The role that a server of these tools can play without being told; null when it is no memory server we know. */
export function presetRole(tools: readonly string[]): MemoryRole | null {
  const preset = PRESETS.find(({ known }) => tools.includes(known));
  if (preset === undefined) return null;
  const there = MEMORY_ACTIONS.flatMap((action) => {
    const call = preset.role[action];
    return call !== undefined && tools.includes(call.tool) ? [[action, call] as const] : [];
  });
  return Object.fromEntries(there);
}

/** What is known of one server. */
export interface MemoryCandidate {
  readonly name: string;
  /** `roles.memory` of its entry. */
  readonly role: MemoryRole | undefined;
  /** Its tools as far as they are known. */
  readonly tools: readonly string[];
}

/**
 * The server that keeps the memories: the first with the role in its entry, in the order of the registry, else the first
 * that is known by its tools. What the entry does not say comes from the tools.
 */
export function memoryServer(
  candidates: readonly MemoryCandidate[],
): { readonly name: string; readonly role: MemoryRole } | null {
  const told = candidates.find(({ role }) => role !== undefined);
  if (told !== undefined) return { name: told.name, role: { ...presetRole(told.tools), ...given(told.role) } };
  for (const { name, tools } of candidates) {
    const role = presetRole(tools);
    if (role !== null) return { name, role };
  }
  return null;
}

function given(role: MemoryRole = {}): MemoryRole {
  return Object.fromEntries(Object.entries(role).filter(([, call]) => call !== undefined));
}

/**
 * The arguments of a call with the values filled in, at any depth. Keys stay as they are; a `${word}` without a value stays
 * as well. What a value holds is not looked at again.
 */
export function fillArguments(
  args: Readonly<Record<string, unknown>> | undefined,
  values: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') {
      return value.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) =>
        Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
      );
    }
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]));
  };
  return Object.fromEntries(Object.entries(args ?? {}).map(([key, item]) => [key, fill(item)]));
}

/** How much of a text its name may show, in characters. */
const NAME_LENGTH = 60;

/**
 * A name for a memory where the server wants one: its beginning, on one line. A text that goes on gets a mark of its own,
 * as the reference server silently drops an entity whose name it has already.
 */
export function memoryName(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const characters = [...line];
  if (characters.length <= NAME_LENGTH && line === text) return line;
  const mark = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return `${characters.slice(0, NAME_LENGTH).join('').trimEnd()} [${mark}]`;
}
