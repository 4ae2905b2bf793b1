/** What is known of the calls to one server. */
export interface CallFigures {
  /** Since the supervisor started. */
  readonly count: number;
  readonly failures: number;
  /** Milliseconds, of all calls together. */
  readonly totalMs: number;
  /** Of the last ones, milliseconds. */
  readonly latencies: readonly number[];
}
