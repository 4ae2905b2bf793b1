/**
 * The one vocabulary for everything that goes wrong, on screen, on the command line and in logs.
 *
 * `what` happened, `why` (the evidence), who holds the thing that is in the way, and what to do `next`
 * (a command where there is one). Each field is one sentence without a trailing newline, free of secrets.
 */
export interface Problem {
  readonly what: string;
  readonly why?: string;
  /** Who is in the way: a pid with its command and user, a container, another server. */
  readonly holder?: string;
  readonly next?: string;
}

/** An error that carries a {@link Problem}; commands print the problem and never the stack. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problemSentence(problem));
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** The problem on one line: `what: why (holder) → next`. */
export function problemSentence({ what, why, holder, next }: Problem): string {
  return [what, why ? `: ${why}` : '', holder ? ` (${holder})` : '', next ? ` → ${next}` : ''].join('');
}

/** What failing normally looks like at the edges: a value, or a problem. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };
