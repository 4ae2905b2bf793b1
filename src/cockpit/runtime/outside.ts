import { type Problem, ProblemError } from '../../registry/problem.ts';
import type { Action } from '../action.ts';
import type { LogBook } from '../logs/log-book.ts';
import type { State } from '../state.ts';
import type { Connection } from './connection.ts';
import type { CockpitPort, TerminalPort, Verdict } from './port.ts';

/** Everything outside that effects touch; nothing else in the cockpit does. */
export interface Outside {
  readonly port: CockpitPort;
  readonly connection: Connection;
  readonly book: LogBook;
  readonly terminal: TerminalPort;
  readonly state: () => State;
  readonly dispatch: (action: Action) => void;
  readonly finish: (verdict: Verdict) => void;
}

export function problemOf(error: unknown, what: string): Problem {
  if (error instanceof ProblemError) return error.problem;
  return { what, why: error instanceof Error ? error.message : String(error) };
}
