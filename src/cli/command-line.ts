import { type Command, CommanderError } from 'commander';
import { errnoText } from '../registry/errno.ts';
import { ProblemError } from '../registry/problem.ts';
import { findInstallation } from '../supervisor/installation.ts';
import { CommandError, wrongUse } from './command-error.ts';
import { completer } from './completion.ts';
import { type Io, makeContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Run, Task } from './task.ts';
import { problemLine } from './unit-text.ts';

/** One of the programs of this package: its name and its grammar. */
export interface Grammar {
  readonly name: string;
  /** Parsing hands `run` exactly one task, or throws. */
  build(run: Run): Command;
  /** Puts the words of a command line into the order that the parser wants. */
  arrange(argv: readonly string[], program: Command): readonly string[];
  /** Whether servers can be named before the verb; completion offers them there. */
  readonly serversFirst: boolean;
}

/** Runs one command line. Everything that goes wrong ends as one sentence on stderr and an exit code. */
export async function runCommandLine(grammar: Grammar, argv: readonly string[], io: Io): Promise<number> {
  endWithTheReader(grammar.name, io);
  try {
    const task = await parse(grammar, argv, io);
    return task === null ? EXIT.done : await task.work(makeContext(io, task.flags));
  } catch (error) {
    return report(grammar.name, error, io);
  }
}

/** The task of a command line; null when it asked for help or the version, which were printed. */
async function parse(grammar: Grammar, argv: readonly string[], io: Io): Promise<Task | null> {
  if (argv.some((arg) => arg === '--version' || arg === '-V') && !argv.includes('--')) {
    io.stdout.write(`${findInstallation().version}\n`);
    return null;
  }
  let task: Task | null = null;
  const program = grammar.build((asked) => {
    task = asked;
  });
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
  }
  if (argv[0] === '__complete') {
    return completer(program, argv.slice(1), grammar.serversFirst);
  }
  try {
    program.parse(grammar.arrange(argv, program), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    if (error.code === 'commander.help') throw incomplete(grammar.name, argv);
    throw fromCommander(grammar.name, error);
  }
  return task;
}

/** `mcp supervisor`: a verb that is only the first half of one. */
function incomplete(name: string, argv: readonly string[]): CommandError {
  const shown = [name, ...argv].join(' ');
  return wrongUse(`"${shown}" does not say what to do`, `${shown} --help`);
}

/** `error: unknown option '--wiat'\n(Did you mean --wait?)` as one sentence with the way out. */
function fromCommander(name: string, { message }: CommanderError): CommandError {
  const [what = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const next = suggestion?.replace(/^\(Did you mean (.*)\?\)$/, 'did you mean $1?');
  return wrongUse(what.replace(/\.$/, ''), next ?? `${name} --help`);
}

/**
 * `mcp list | head -1`: when nobody reads any more, there is nothing left to do and nothing wrong. Output that cannot be
 * written for another reason (a full disk) is a failure.
 */
function endWithTheReader(name: string, { stdout, stderr }: Io): void {
  stderr.on('error', () => {});
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    stderr.write(`${name}: the output cannot be written: ${errnoText(error)}\n`);
    process.exit(EXIT.failed);
  });
}

function report(name: string, error: unknown, { stderr, env }: Io): ExitCode {
  const stack = env.DEBUG && error instanceof Error ? `\n${error.stack}` : '';
  if (error instanceof ProblemError) {
    stderr.write(`${name}: ${problemLine(error.problem)}${stack}\n`);
    return error instanceof CommandError ? error.exitCode : EXIT.failed;
  }
  const what = error instanceof Error ? error.message : String(error);
  stderr.write(`${name}: ${problemLine({ what: `internal error: ${what}`, next: 'DEBUG=1 shows where' })}${stack}\n`);
  return EXIT.failed;
}
