import { runCommandLine } from '../command-line.ts';
import type { Io } from '../context.ts';
import { buildClaudeProgram } from './program.ts';

/** Runs one `claude-mcp` command line. Everything that goes wrong ends as one sentence on stderr and an exit code. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  // Without a word there is nothing to open: the help is what somebody wants to see.
  const arrange = (words: readonly string[]) => (words.length === 0 ? ['help'] : words);
  return runCommandLine({ name: 'claude-mcp', build: buildClaudeProgram, arrange, serversFirst: false }, argv, io);
}
