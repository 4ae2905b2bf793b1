import { createInterface } from 'node:readline/promises';
import { CommandError, wrongUse } from './command-error.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';

/** Whether there is somebody to ask. */
export function canAsk({ io }: Context): boolean {
  return io.stdin.isTTY === true && io.stderr.isTTY === true;
}

/**
 * Asks a yes-or-no question on the terminal; anything but `y` or `yes` is a no.
 * @throws CommandError off a terminal, where nobody can answer and the command must say `--yes`; and at Ctrl-C
 */
export async function confirm(context: Context, question: string): Promise<boolean> {
  if (!canAsk(context)) throw wrongUse(`"${question}" cannot be asked without a terminal`, 'say --yes');
  return /^y(es)?$/i.test(await ask(context, `${question} [y/N] `));
}

/**
 * Asks for a line of text; empty at the end of the input.
 * @throws CommandError at Ctrl-C
 */
export async function ask({ io }: Context, question: string): Promise<string> {
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  let interrupted = false;
  lines.once('SIGINT', () => {
    interrupted = true;
    lines.close();
  });
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const answer = await Promise.race([lines.question(question), ended]).catch(() => '');
  lines.close();
  if (!interrupted) return answer.trim();
  throw new CommandError(EXIT.interrupted, { what: 'interrupted', next: 'nothing was changed' });
}
