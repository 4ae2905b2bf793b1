import type { Command, Option } from 'commander';
import { wrongUse } from './command-error.ts';
import { candidates, type OptionWords, type VerbWords } from './completion-candidates.ts';
import { COMPLETION_SCRIPTS } from './completion-scripts.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Task } from './task.ts';
import { SERVERS } from './verb.ts';

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
    work: async ({ paths, print }) => {
      const { late } = await import('./late.ts');
      const all = { value: 'all', about: 'every server' };
      const servers = [...late.serverWords(paths), all];
      const grammar = { verbs: verbsOf(program), options: optionsOf(program), servers, serversFirst };
      for (const { value, about } of candidates(typed, grammar)) {
        print(about === '' ? value : `${value}\t${about}`);
      }
      return EXIT.done;
    },
  };
}

function verbsOf(program: Command): VerbWords[] {
  return program.commands.map((command) => ({
    name: command.name(),
    about: command.description(),
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
