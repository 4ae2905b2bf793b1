import { type Problem, ProblemError, type Result } from '../registry/problem.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Ends a command with one sentence on stderr and this exit code. */
export class CommandError extends ProblemError {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, problem: Problem) {
    super(problem);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

export function wrongUse(what: string, next: string): CommandError {
  return new CommandError(EXIT.wrongUse, { what, next });
}

/** The value, or the problem as the end of the command. */
export function valueOr<T>(exitCode: ExitCode, result: Result<T>): T {
  if (!result.ok) throw new CommandError(exitCode, result.problem);
  return result.value;
}

/** What the work resolves to; a problem it fails with ends the command with `exitCode`. */
export async function orExit<T>(exitCode: ExitCode, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ProblemError && !(error instanceof CommandError)) {
      throw new CommandError(exitCode, error.problem);
    }
    throw error;
  }
}
