import { Command } from 'commander';
import type { CommonFlags } from '../context.ts';
import { list, status } from '../status.ts';
import type { Run } from '../task.ts';
import { newVerb, withExamples, withJson, withServers } from '../verb.ts';
import { addEntryVerbs } from './verbs-entries.ts';
import { addHelperVerbs } from './verbs-helpers.ts';
import { addServerVerbs } from './verbs-servers.ts';

/** The whole grammar of `claude-mcp`. What is heavy is loaded by the task that needs it. */
export function buildClaudeProgram(run: Run): Command {
  const program = new Command('claude-mcp')
    .description('Connects Claude Code with the servers that MCP Cockpit runs.')
    .usage('<verb> [options]')
    .option('-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [verb]', 'show help for a verb')
    .showSuggestionAfterError();
  withExamples(program, [
    ['claude-mcp install', 'give Claude Code all servers, through one entry'],
    ['claude-mcp memory save "text"', 'remember something'],
    ['claude-mcp which', 'which entries count in this folder'],
    ['claude-mcp analyze "open a pull request"', 'which servers fit'],
    ['claude-mcp status', 'how the servers are'],
  ]);
  const verb = newVerb(program);
  addServerVerbs(verb, run);
  addEntryVerbs(verb, run);
  addHelperVerbs(verb, run);

  const looking = verb('status', 'how servers are, as mcp status');
  withJson(withServers(looking)).action((words: string[], flags: CommonFlags) => {
    run({ flags, work: (context) => status(context, words) });
  });
  withExamples(looking, [['claude-mcp status', 'the table']]);
  const listing = withJson(verb('list', 'all servers, as mcp list'));
  listing.action((flags: CommonFlags) => run({ flags, work: list }));
  withExamples(listing, [['claude-mcp list', 'every entry and its state']]);
  return program;
}
