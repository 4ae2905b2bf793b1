import { type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import manifest from '../../package.json' with { type: 'json' };
import { problemSentence } from '../registry/problem.ts';
import { byteLength, type Memory } from './memory.ts';
import {
  deleteInput,
  deleteOutput,
  listInput,
  listOutput,
  saveInput,
  saveOutput,
  searchInput,
  searchOutput,
} from './schemas.ts';
import { storageProblem } from './sqlite-error.ts';
import type { MemoryStore } from './store.ts';

const INSTRUCTIONS = `Long-term memory that outlives conversations, shared by all clients of this user.
Search it (search_memory) when earlier facts, preferences or decisions may matter. Save (save_memory) what should still be known next time, one thing per memory.`;

/** The tools never change while the program runs, and are the same for everybody who may ask. */
const HOUR_MS = 3_600_000;
const CACHE_HINT = { ttlMs: HOUR_MS, cacheScope: 'public' } as const;

/** Texts in one answer, in bytes: some clients give up on messages of several megabytes, and no model reads them. */
const ANSWER_BYTES = 262_144;

/** An MCP server for one connection, session or request (of either era); all of them share the store. */
export function createMemoryMcpServer(store: MemoryStore): McpServer {
  const server = new McpServer(
    { name: 'memory', title: 'Memory', version: manifest.version },
    {
      instructions: INSTRUCTIONS,
      capabilities: { tools: { listChanged: false } },
      cacheHints: { 'tools/list': CACHE_HINT, 'server/discover': CACHE_HINT },
    },
  );
  registerSave(server, store);
  registerSearch(server, store);
  registerList(server, store);
  registerDelete(server, store);
  return server;
}

function registerSave(server: McpServer, store: MemoryStore): void {
  server.registerTool(
    'save_memory',
    {
      title: 'Save a memory',
      description:
        'Remember something for later conversations: store a fact, user preference, decision, note, instruction or piece of project context in long-term memory. Use it when asked to remember, note, save, keep or not forget something.',
      inputSchema: saveInput,
      outputSchema: saveOutput,
      annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    },
    ({ text, tags = [] }) =>
      answer(store, async () => {
        const { id, tags: kept, createdAt } = await store.save(text, tags);
        return said(`Saved as memory ${id}${tagList(kept)}.`, { id, tags: kept, createdAt });
      }),
  );
}

function registerSearch(server: McpServer, store: MemoryStore): void {
  server.registerTool(
    'search_memory',
    {
      title: 'Search memories',
      description:
        'Search long-term memory: recall, look up or find facts, preferences, decisions and notes saved in earlier conversations. Full-text search over texts and tags with word stems and word beginnings, ranked by relevance, newer first among equals.',
      inputSchema: searchInput,
      outputSchema: searchOutput,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ query, limit }) =>
      answer(store, async () => {
        const memories = fitting(await store.search(query, limit));
        if (memories.length === 0) {
          return said('No memory matches. Try other or fewer words, or list_memories to see what there is.', {
            memories,
          });
        }
        const order = query.trim() === '' ? 'newest first, as the query was empty' : 'best match first';
        return said(`${count(memories.length)}, ${order}:\n\n${memories.map(shown).join('\n\n')}`, { memories });
      }),
  );
}

function registerList(server: McpServer, store: MemoryStore): void {
  server.registerTool(
    'list_memories',
    {
      title: 'List memories',
      description:
        'List what is in long-term memory, newest first: browse, review or page through saved memories, all of them or those with one tag.',
      inputSchema: listInput,
      outputSchema: listOutput,
      annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ limit, offset, tag }) =>
      answer(store, async () => {
        const page = await store.list({ limit, offset, ...(tag !== undefined && { tag }) });
        const memories = fitting(page.memories);
        const end = offset + memories.length;
        const nextOffset = memories.length > 0 && end < page.total ? end : null;
        const range = memories.length === 0 ? 'None here' : `${offset + 1} to ${end}, newest first`;
        const more = nextOffset === null ? '' : `\n\nFor more call list_memories with offset ${nextOffset}.`;
        return said(`${count(page.total)} in all. ${[range, ...memories.map(shown)].join('\n\n')}${more}`, {
          memories,
          total: page.total,
          nextOffset,
        });
      }),
  );
}

function registerDelete(server: McpServer, store: MemoryStore): void {
  server.registerTool(
    'delete_memory',
    {
      title: 'Delete a memory',
      description:
        'Forget a memory for good: delete, remove or erase one entry of long-term memory by its id. It cannot be undone.',
      inputSchema: deleteInput,
      outputSchema: deleteOutput,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ id }) =>
      answer(store, async () => {
        if (await store.delete(id)) return said(`Deleted memory ${id}.`, { id });
        return failed(
          `There is no memory with the id ${id}: call search_memory or list_memories to see the ids there are.`,
        );
      }),
  );
}

/** What went wrong with the database becomes an answer that says what to do, not a protocol error. */
async function answer(store: MemoryStore, work: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await work();
  } catch (error) {
    return failed(problemSentence(storageProblem(store.file, error)));
  }
}

function said(text: string, structuredContent: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text }], structuredContent };
}

function failed(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}

/** As many from the front as fit into one answer, at least one. */
function fitting<T extends Memory>(memories: readonly T[]): T[] {
  let bytes = 0;
  return memories.filter(({ text }, index) => {
    bytes += byteLength(text);
    return index === 0 || bytes <= ANSWER_BYTES;
  });
}

function shown({ id, text, tags, createdAt }: Memory): string {
  return `[${id}] ${createdAt}${tagList(tags)}\n${text}`;
}

function tagList(tags: readonly string[]): string {
  return tags.length === 0 ? '' : ` (tags: ${tags.join(', ')})`;
}

function count(n: number): string {
  return n === 1 ? '1 memory' : `${n} memories`;
}
