import type { LogReader, SupervisorApi } from '../../supervisor/api.ts';
import type { KeyOverrides } from '../bindings.ts';
import type { ThemeName } from '../theme/theme.ts';
import type { Backlog } from './publisher.ts';

/** What the terminal can do besides showing frames. */
export interface TerminalPort extends Backlog {
  /** Sends a sequence that draws nothing. */
  send(sequence: string): void;
  /** Gives the terminal away (screen, cursor and keyboard as they were) while `run` runs, then draws everything again. */
  lend(run: () => Promise<void>): Promise<void>;
  /** Stops this program as Ctrl-Z does, until it is continued. */
  stopProcess(): Promise<void>;
}

/** The user's wishes; everything optional. */
export interface Preferences {
  readonly theme?: ThemeName;
  readonly glyphs?: 'unicode' | 'ascii';
  /** Own keys by command id, only what differs. */
  readonly keys?: KeyOverrides;
}

export interface CockpitPort {
  /** A supervisor already reached; without it the first one is reached while the screen is already there. */
  readonly api?: SupervisorApi;
  /** Reaches a supervisor, starting one if need be. */
  readonly reconnect: () => Promise<SupervisorApi>;
  readonly logs: LogReader;
  readonly registryPath: string;
  readonly version: string;
  /** Where the supervisor is meant to live; what it says of itself counts once it is known. */
  readonly mode: 'detached' | 'in-process';
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readOnly?: boolean;
  /** `--no-color`: false. */
  readonly colour?: boolean;
  /** Sentences one below the other instead of a screen, for screen readers. */
  readonly screenReader?: boolean;
  readonly preferences?: Preferences;
  /** Where `W` writes; the working directory when absent. */
  readonly saveFolder?: string;
}

/** How it ended: the exit code, and what to print on the normal screen. */
export interface Verdict {
  readonly exitCode: number;
  readonly afterword: readonly string[];
}
