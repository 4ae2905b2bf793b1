import { type Command, CommanderError } from 'commander';
import { errnoText } from '../registry/errno.ts';
import { ProblemError } from '../registry/problem.ts';
import { findInstallation } from '../supervisor/installation.ts';
import { CommandError, wrongUse } from './command-error.ts';
import { completer } from './completion.ts';
import { type Io, makeContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { buildProgram } from './program.ts';
import type { RunCockpit, Task } from './task.ts';
import { problemLine } from './unit-text.ts';
import { verbFirst } from './word-order.ts';

/** Runs one `mcp` command line. Everything that goes wrong ends as one sentence on stderr and an exit code. */
export async function main(argv: readonly string[], io: Io, runCockpit: RunCockpit): Promise<number> {
  endWithTheReader(io);
  try {
    const task = await parse(argv, io, runCockpit);
    return task === null ? EXIT.done : await task.work(makeContext(io, task.flags));
  } catch (error) {
    return report(error, io);
  }
}

/** The task of a command line; null when it asked for help or the version, which were printed. */
async function parse(argv: readonly string[], io: Io, runCockpit: RunCockpit): Promise<Task | null> {
  if (argv.some((arg) => arg === '--version' || arg === '-V') && !argv.includes('--')) {
    io.stdout.write(`${findInstallation().version}\n`);
    return null;
  }
  let task: Task | null = null;
  const program = buildProgram((asked) => {
    task = asked;
  }, runCockpit);
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
  }
  if (argv[0] === '__complete') {
    return completer(program, argv.slice(1));
  }
  try {
    program.parse(verbFirst(argv, grammarOf(program)), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    if (error.code === 'commander.help') throw incomplete(argv);
    throw fromCommander(error);
  }
  return task;
}

function grammarOf(program: Command) {
  const options = [program, ...program.commands].flatMap((command) => command.options);
  const flags = options.filter(({ required }) => required).flatMap(({ short, long }) => [short, long]);
  return {
    verbs: new Set(['help', ...program.commands.map((command) => command.name())]),
    valueFlags: new Set(flags.filter((flag) => flag !== undefined)),
  };
}

/** `mcp supervisor`: a verb that is only the first half of one. */
function incomplete(argv: readonly string[]): CommandError {
  const shown = ['mcp', ...argv].join(' ');
  return wrongUse(`"${shown}" does not say what to do`, `${shown} --help`);
}

/** `error: unknown option '--wiat'\n(Did you mean --wait?)` as one sentence with the way out. */
function fromCommander({ message }: CommanderError): CommandError {
  const [what = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const next = suggestion?.replace(/^\(Did you mean (.*)\?\)$/, 'did you mean $1?');
  return wrongUse(what.replace(/\.$/, ''), next ?? 'mcp --help');
}

/**
 * `mcp list | head -1`: when nobody reads any more, there is nothing left to do and nothing wrong. Output that cannot be
 * written for another reason (a full disk) is a failure.
 */
function endWithTheReader({ stdout, stderr }: Io): void {
  stderr.on('error', () => {});
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    stderr.write(`mcp: the output cannot be written: ${errnoText(error)}\n`);
    process.exit(EXIT.failed);
  });
}

function report(error: unknown, { stderr, env }: Io): ExitCode {
  const stack = env.DEBUG && error instanceof Error ? `\n${error.stack}` : '';
  if (error instanceof ProblemError) {
    stderr.write(`mcp: ${problemLine(error.problem)}${stack}\n`);
    return error instanceof CommandError ? error.exitCode : EXIT.failed;
  }
  const what = error instanceof Error ? error.message : String(error);
  stderr.write(`mcp: ${problemLine({ what: `internal error: ${what}`, next: 'DEBUG=1 shows where' })}${stack}\n`);
  return EXIT.failed;
}
