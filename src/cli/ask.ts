import { createInterface } from 'node:readline/promises';
import { CommandError, wrongUse } from './command-error.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';

/**
 * Asks a yes-or-no question on the terminal; anything but `y` or `yes` is a no.
 * @throws CommandError off a terminal, where nobody can answer and the command must say `--yes`; and at Ctrl-C
 */
export async function confirm({ io }: Context, question: string): Promise<boolean> {
  if (!io.stdin.isTTY || !io.stderr.isTTY)
    throw wrongUse(`"${question}" cannot be asked without a terminal`, 'say --yes');
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  let interrupted = false;
  lines.once('SIGINT', () => {
    interrupted = true;
    lines.close();
  });
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const answer = await Promise.race([lines.question(`${question} [y/N] `), ended]).catch(() => '');
  lines.close();
  if (!interrupted) return /^y(es)?$/i.test(answer.trim());
  throw new CommandError(EXIT.interrupted, { what: 'interrupted', next: 'nothing was changed' });
}
