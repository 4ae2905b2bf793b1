import type { Command } from 'commander';
import { runCommandLine } from './command-line.ts';
import type { Io } from './context.ts';
import { buildProgram } from './program.ts';
import type { RunCockpit } from './task.ts';
import { verbFirst } from './word-order.ts';

/** Runs one `mcp` command line. Everything that goes wrong ends as one sentence on stderr and an exit code. */
export async function main(argv: readonly string[], io: Io, runCockpit: RunCockpit): Promise<number> {
  const grammar = {
    name: 'mcp',
    build: (run: Parameters<typeof buildProgram>[0]) => buildProgram(run, runCockpit),
    arrange: (words: readonly string[], program: Command) => verbFirst(words, wordsOf(program)),
    serversFirst: true,
  };
  return runCommandLine(grammar, argv, io);
}

function wordsOf(program: Command) {
  const options = [program, ...program.commands].flatMap((command) => command.options);
  const flags = options.filter(({ required }) => required).flatMap(({ short, long }) => [short, long]);
  return {
    verbs: new Set(['help', ...program.commands.map((command) => command.name())]),
    valueFlags: new Set(flags.filter((flag) => flag !== undefined)),
  };
}
