import type { Result } from '../registry/problem.ts';
import type { RegistryState } from '../registry/read-registry.ts';
import { updateRegistry } from '../registry/update-registry.ts';
import { CommandError } from './command-error.ts';
import type { Context } from './context.ts';
import { running, withEngine } from './engine.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { problemLine } from './unit-text.ts';

/**
 * Edits the registry's text and has a running supervisor read it.
 *
 * @param refusal the exit code when the edit itself says no; a file that cannot be edited at all is bad configuration
 * @throws CommandError
 */
export async function changeRegistry(
  context: Context,
  edit: (text: string) => Result<string>,
  refusal: ExitCode,
): Promise<RegistryState> {
  let exitCode: ExitCode = EXIT.badConfiguration;
  const updated = updateRegistry(context.paths, (text) => {
    const edited = edit(text);
    exitCode = edited.ok ? EXIT.badConfiguration : refusal;
    return edited;
  });
  if (!updated.ok) throw new CommandError(exitCode, updated.problem);
  await announceChange(context);
  return updated.value;
}

/** A supervisor that cannot be told now reads the file by itself within moments: that is worth a note, and no failure. */
export async function announceChange(context: Context): Promise<void> {
  try {
    const api = await running(context);
    if (api !== null) await withEngine(api, () => api.reload());
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    context.note(problemLine(error.problem));
  }
}
