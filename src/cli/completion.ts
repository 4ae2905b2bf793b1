import type { Command, Option } from 'commander';
import type { ServerTools } from '../supervisor/api.ts';
import { wrongUse } from './command-error.ts';
import { type Candidate, candidates, type OptionWords, type VerbWords } from './completion-candidates.ts';
import { COMPLETION_SCRIPTS } from './completion-scripts.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { oneLine } from './safe-text.ts';
import type { Task } from './task.ts';
import { knownTools } from './tools.ts';
import { SERVERS, TOOL } from './verb.ts';

/** `mcp completion SHELL` */
export async function printScript({ print }: Context, shell: string): Promise<ExitCode> {
  const script = COMPLETION_SCRIPTS.get(shell);
  if (script === undefined) throw wrongUse(`no completion for ${shell}`, 'mcp completion bash, zsh or fish');
  print(script);
  return EXIT.done;
}

/**
 * What the scripts call at each press of Tab: `mcp __complete WORD…` prints a candidate per line, a tab, what it is.
 *
 * @param serversFirst whether servers can stand before the verb
 */
export function completer(program: Command, typed: readonly string[], serversFirst: boolean): Task {
  return {
    flags: {},
    work: async (context) => {
      const { paths, print } = context;
      const { late } = await import('./late.ts');
      const all = { value: 'all', about: 'every server' };
      const servers = [...late.serverWords(paths), all];
      const verbs = verbsOf(program);
      const takesTool = verbs.some((verb) => verb.takesTool && typed.slice(0, -1).includes(verb.name));
      const tools = takesTool ? await toolWords(context, servers, typed) : new Map();
      const grammar = { verbs, options: optionsOf(program), servers, serversFirst, tools };
      for (const { value, about } of candidates(typed, grammar)) {
        print(about === '' ? value : `${value}\t${about}`);
      }
      return EXIT.done;
    },
  };
}

/** Tools of the servers named so far; none where nobody knows them, or a supervisor does not answer. */
async function toolWords(context: Context, servers: readonly Candidate[], typed: readonly string[]) {
  const names = servers.flatMap(({ value }) => (typed.includes(value) && !/^(@.*|all)$/.test(value) ? [value] : []));
  const known = names.length === 0 ? [] : await knownTools(context, names).catch(() => []);
  const words = ({ tools }: ServerTools): Candidate[] =>
    tools.map(({ name, title, description }) => ({
      value: oneLine(name),
      about: oneLine(title ?? description ?? '').slice(0, 60),
    }));
  return new Map(known.map((each) => [each.server, words(each)]));
}

function verbsOf(program: Command): VerbWords[] {
  return program.commands.map((command) => ({
    name: command.name(),
    about: command.description(),
    takesTool: command.registeredArguments.some((argument) => argument.name() === TOOL),
    takesServers: command.registeredArguments.some((argument) => argument.name() === SERVERS),
    words: [
      ...command.commands.map((part) => ({ value: part.name(), about: part.description() })),
      ...command.registeredArguments.flatMap(({ argChoices = [] }) =>
        argChoices.map((value) => ({ value, about: '' })),
      ),
    ],
    options: [...optionsOf(command), ...command.commands.flatMap(optionsOf)],
  }));
}

function optionsOf(command: Command): OptionWords[] {
  return command.options.map(({ short, long, description, required, argChoices = [] }: Option) => ({
    flags: [short, long].filter((flag) => flag !== undefined),
    about: description,
    takesValue: required,
    choices: argChoices,
  }));
}
