import { createInterface } from 'node:readline/promises';
import { wrongUse } from './command-error.ts';
import type { Context } from './context.ts';

/**
 * Asks a yes-or-no question on the terminal; anything but `y` or `yes` is a no.
 * @throws CommandError off a terminal: nobody can answer there, so the command must say `--yes`.
 */
export async function confirm({ io }: Context, question: string): Promise<boolean> {
  if (!io.stdin.isTTY || !io.stderr.isTTY)
    throw wrongUse(`"${question}" cannot be asked without a terminal`, 'say --yes');
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } catch {
    return false; // Ctrl-C or Ctrl-D
  } finally {
    lines.close();
  }
}
