import { removeEntry } from '../registry/edit-registry.ts';
import type { Result } from '../registry/problem.ts';
import { confirm } from './ask.ts';
import { changeRegistry } from './change-registry.ts';
import { CommandError } from './command-error.ts';
import type { Context } from './context.ts';
import { look, withEngine } from './engine.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { namesInRegistry } from './registry-names.ts';

/** `mcp NAME… remove`: takes entries out of the registry. A server that runs is not touched: stopping it is another decision. */
export async function remove(
  context: Context,
  words: readonly string[],
  { yes }: { readonly yes: boolean },
): Promise<ExitCode> {
  const { names, busy } = await withEngine(await look(context), async (api) => {
    const { units } = await api.snapshot();
    const chosen = namesInRegistry(context.paths, words, []);
    const running = units.filter(
      ({ name, pid, desired }) => chosen.includes(name) && (pid !== null || desired === 'running'),
    );
    return { names: chosen, busy: running.map(({ name }) => name) };
  });
  if (busy.length > 0) {
    throw new CommandError(EXIT.failed, {
      what: `${busy.join(', ')} ${busy.length === 1 ? 'is' : 'are'} not stopped`,
      next: `mcp ${busy.join(' ')} stop`,
    });
  }
  const file = context.paths.registryFile;
  if (!yes && !(await confirm(context, `remove ${names.join(', ')} from ${file}?`))) {
    context.note('nothing was changed');
    return EXIT.failed;
  }
  const removeAll = (text: string) =>
    names.reduce<Result<string>>((so, name) => (so.ok ? removeEntry(so.value, name) : so), { ok: true, value: text });
  await changeRegistry(context, removeAll, EXIT.notFound);
  for (const name of names) context.print(`removed ${name}`);
  return EXIT.done;
}
