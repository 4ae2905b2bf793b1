import { ProblemError, problemSentence } from '../registry/problem.ts';

/** What went wrong, as the message of a JSON-RPC error. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ProblemError) return problemSentence(error.problem);
  return error instanceof Error ? error.message : String(error);
}
