import { Option } from 'commander';
import type { CommonFlags } from './context.ts';
import type { Run } from './task.ts';
import { tools } from './tools.ts';
import { durationFlag, type NewVerb, SERVERS, TOOL, withExamples, withJson, withServers } from './verb.ts';

interface CallFlags extends CommonFlags {
  /** Milliseconds. */
  readonly timeout?: number;
}

/** `tools`, `call`, `connect`. */
export function addToolVerbs(verb: NewVerb, run: Run): void {
  const listing = withJson(withServers(verb('tools', 'what servers offer; of all without a name. Starts nothing')));
  listing.action((words: string[], flags: CommonFlags) => run({ flags, work: (context) => tools(context, words) }));
  withExamples(listing, [
    ['mcp tools', 'of every server, from memory where it does not run'],
    ['mcp mem0 tools', 'of one'],
    ['mcp mem0 tools --json | jq .servers[].tools[].inputSchema', 'with everything the server says about them'],
  ]);

  const call = withJson(verb('call', 'call one tool and print what it answers; wakes a server that sleeps'))
    .usage("<server> <tool> ['{json}' | key=value …] [options]")
    .argument(`<${SERVERS}>`, 'a name')
    .argument(`<${TOOL}>`, 'one of its tools')
    .argument('[arguments...]', `'{"key": "value"}', or key=value for each`)
    .addOption(
      new Option(
        '--timeout <duration>',
        "how long it may take, e.g. 30s (default: the entry's limits.timeout)",
      ).argParser(durationFlag),
    );
  call.action((server: string, tool: string, args: string[], { timeout, ...flags }: CallFlags) => {
    const words = { server, tool, args, timeoutMs: timeout ?? null, usage: `mcp ${server} call ${tool}` };
    run({ flags, work: async (context) => (await import('./late.ts')).late.callTool(context, words) });
  });
  withExamples(call, [
    ['mcp mem0 call save_memory text="I prefer Python"', 'values are read as the tool wants them'],
    [`mcp mem0 call search_memory '{"query": "python", "limit": 3}'`, 'all arguments as JSON'],
    ['mcp mem0 call list_memories --json --timeout 5s', 'the whole answer, structured content included'],
  ]);
  const connecting = verb('connect', 'a stdio MCP server that relays to the hub, for clients that cannot send headers')
    .usage('[server | @profile]')
    .argument(`[${SERVERS}]`, 'one server, or the servers of a profile; all as one without it');
  connecting.action((name: string | undefined, flags: CommonFlags) => {
    run({ flags, work: async (context) => (await import('./late.ts')).late.connect(context, name) });
  });
  withExamples(connecting, [
    ['mcp connect', 'as the command of a client: all servers as one'],
    ['mcp connect mem0', 'one server; a call wakes it when it sleeps'],
    [`{"mcpServers": {"cockpit": {"command": "mcp", "args": ["connect"]}}}`, 'in the configuration of the client'],
  ]);
}
