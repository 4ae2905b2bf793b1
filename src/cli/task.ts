import type { SupervisorApi } from '../supervisor/api.ts';
import type { CommonFlags, Context } from './context.ts';

/** What a command line asks for, ready to run. */
export interface Task {
  readonly flags: CommonFlags;
  readonly work: (context: Context) => Promise<number>;
}

/** Takes the one task of a command line. */
export type Run = (task: Task) => void;

export interface CockpitFlags {
  /** The status table instead, whatever the terminal can do. */
  readonly plain: boolean;
  readonly inProcess: boolean;
  readonly readOnly: boolean;
  /** False after `--no-color`; undefined leaves it to the environment. */
  readonly colour: boolean | undefined;
}

/** The screen, which this layer may not import: the program hands it in. Resolves to the exit code. */
export type RunCockpit = (cockpit: {
  /** Attaches to the supervisor, starting one first when there is none; again after the connection was lost. */
  readonly open: () => Promise<SupervisorApi>;
  readonly context: Context;
  readonly flags: CockpitFlags;
}) => Promise<number>;
