import type { ServerEntry } from './entry.ts';

/** The servers of a new registry, with the ports they get when nobody else holds them. */
export const DEFAULT_PORTS = { mem0: 8050, filesystem: 8051, github: 8052 } as const;

export type DefaultServer = keyof typeof DEFAULT_PORTS;

/**
 * What a new registry holds: two servers that work at once, without network and configuration, and one that only lacks a
 * token. Programs are named by variables that are expanded at each start, so that the entries survive an upgrade.
 */
export function defaultRegistry(ports: Readonly<Record<DefaultServer, number>>): Record<DefaultServer, ServerEntry> {
  return {
    mem0: {
      name: 'Memory',
      description:
        'Remembers facts, notes and decisions across conversations and finds them again by full-text search.',
      transport: 'http',
      port: ports.mem0,
      command: '${MCP_NODE}',
      args: ['${MCP_COCKPIT}/dist/memory-server.js'],
      headers: { Authorization: 'Bearer ${MCP_HUB_TOKEN}' },
      autostart: true,
      tags: ['memory', 'notes', 'knowledge'],
      keywords: ['memory', 'remember', 'recall', 'store', 'retrieve', 'note'],
      roles: {
        memory: {
          save: { tool: 'save_memory', args: { text: '${text}' } },
          search: { tool: 'search_memory', args: { query: '${query}' } },
          list: { tool: 'list_memories', args: {} },
          forget: { tool: 'delete_memory', args: { id: '${id}' } },
        },
      },
    },
    filesystem: {
      name: 'Files',
      description: 'Reads, writes, moves and searches files in the folders named at the end of "args".',
      transport: 'stdio',
      port: ports.filesystem,
      command: '${MCP_NODE}',
      args: ['${MCP_COCKPIT}/dist/filesystem-server.js', '${MCP_DATA_DIR}/files'],
      autostart: true,
      tags: ['files', 'local'],
      keywords: ['file', 'directory', 'folder', 'document', 'read', 'write', 'search'],
    },
    github: {
      name: 'GitHub',
      description: 'Repositories, issues, pull requests, code search and workflows on GitHub.',
      transport: 'remote',
      port: ports.github,
      url: 'https://api.githubcopilot.com/mcp/',
      headers: { Authorization: 'Bearer ${GITHUB_PERSONAL_ACCESS_TOKEN}' },
      tags: ['git', 'code', 'remote'],
      keywords: ['github', 'repository', 'issue', 'pull request', 'commit', 'branch', 'code review'],
    },
  };
}
