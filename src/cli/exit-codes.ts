/** What every command ends with; scripts rely on these numbers. */
export const EXIT = {
  done: 0,
  /** The thing asked for failed: a server did not start, a test failed. */
  failed: 1,
  wrongUse: 2,
  /** No such server or file. */
  notFound: 3,
  badConfiguration: 4,
  /** The supervisor cannot be reached. */
  unreachable: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
