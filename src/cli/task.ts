import type { SupervisorApi } from '../supervisor/api.ts';
import type { CommonFlags, Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** What a command line asks for, ready to run. */
export interface Task {
  readonly flags: CommonFlags;
  readonly work: (context: Context) => Promise<ExitCode>;
}

/** Takes the one task of a command line. */
export type Run = (task: Task) => void;

export interface CockpitFlags {
  /** The status table instead, whatever the terminal can do. */
  readonly plain: boolean;
  readonly inProcess: boolean;
  readonly readOnly: boolean;
}

/** The screen, which this layer may not import: the program hands it in. Resolves to the exit code. */
export type RunCockpit = (cockpit: {
  /** Attaches to the supervisor, starting one first when there is none; again after the connection was lost. */
  readonly open: () => Promise<SupervisorApi>;
  readonly context: Context;
  readonly readOnly: boolean;
}) => Promise<ExitCode>;
