import { Command } from 'commander';
import { printScript } from './completion.ts';
import type { CommonFlags } from './context.ts';
import { openFrontDoor } from './front-door.ts';
import type { CockpitFlags, Run, RunCockpit } from './task.ts';
import { newVerb, withExamples } from './verb.ts';
import { addRegistryVerbs } from './verbs-registry.ts';
import { addServerVerbs } from './verbs-servers.ts';
import { addSupervisorVerb } from './verbs-supervisor.ts';
import { addToolVerbs } from './verbs-tools.ts';

/**
 * The whole grammar of `mcp`, verb first (see `word-order.ts`). Parsing hands `run` exactly one task, or throws.
 * What is heavy (schemas, logs, the engine) is loaded by the task that needs it.
 */
export function buildProgram(run: Run, runCockpit: RunCockpit): Command {
  const program = new Command('mcp')
    .description('Runs your MCP servers and shows them in a full-screen cockpit.')
    .usage('[options]\n       mcp <verb> [servers…] [options]\n       mcp <servers…> <verb> [options]')
    .option('--plain', 'print the status table and exit, also on a terminal')
    .option('--in-process', 'supervise from inside the cockpit; only HTTP servers outlive it')
    .option('--read-only', 'a cockpit that shows everything and changes nothing')
    .option('--json', 'print the status as JSON and exit')
    .option('--no-color', 'no colours (also: NO_COLOR=1)')
    .option('-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [verb]', 'show help for a verb')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .action((flags: CommonFlags & Partial<CockpitFlags>) => {
      const { plain = false, inProcess = false, readOnly = false, color } = flags;
      const colour = color === false ? false : undefined;
      run({ flags, work: (context) => openFrontDoor(context, { plain, inProcess, readOnly, colour }, runCockpit) });
    });
  withExamples(program, [
    ['mcp', 'the cockpit'],
    ['mcp list', 'what there is'],
    ['mcp mem0 start', 'start one; mcp start mem0 means the same'],
    ['mcp all stop', 'stop everything'],
    ['mcp mem0 logs', 'follow its output'],
  ]);

  const verb = newVerb(program);
  addServerVerbs(verb, run);
  addToolVerbs(verb, run);
  addRegistryVerbs(verb, run);
  addSupervisorVerb(verb, run);

  const completion = verb('completion', 'print a completion script for a shell');
  completion
    .addArgument(completion.createArgument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .action((shell: string, flags: CommonFlags) => {
      run({ flags, work: (context) => printScript(context, shell) });
    });
  withExamples(completion, [
    ['source <(mcp completion bash)', 'in ~/.bashrc'],
    ['source <(mcp completion zsh)', 'in ~/.zshrc, after compinit'],
    ['mcp completion fish | source', 'in ~/.config/fish/config.fish'],
  ]);
  return program;
}
