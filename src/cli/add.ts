import { addEntry } from '../registry/edit-registry.ts';
import { type EntryState, parseRegistry, type RegistryState } from '../registry/read-registry.ts';
import { changeRegistry } from './change-registry.ts';
import { wrongUse } from './command-error.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { writeFirstRegistry } from './first-registry.ts';
import { problemLine } from './unit-text.ts';

export interface NewServer {
  readonly url?: string;
  readonly transport?: string;
  readonly port?: number;
  readonly path?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** `mcp add NAME … (-- command … | --url U)`. What could never run is refused and the registry left as it is. */
export async function add(
  context: Context,
  name: string,
  command: readonly string[],
  server: NewServer,
): Promise<ExitCode> {
  const entry = newEntry(name, command, server);
  await writeFirstRegistry(context);
  const path = context.paths.registryFile;
  const { entries } = await changeRegistry(
    context,
    (text) => {
      const added = addEntry(text, name, entry);
      if (!added.ok) return added;
      const [problem] = stateOf(parseRegistry(added.value, path), name)?.problems ?? [];
      return problem === undefined ? added : { ok: false, problem };
    },
    EXIT.wrongUse,
  );
  for (const warning of stateOf({ entries }, name)?.warnings ?? []) context.note(problemLine(warning));
  context.print(`added ${name} to ${path} → mcp ${name} start`);
  return EXIT.done;
}

function stateOf({ entries }: Pick<RegistryState, 'entries'>, name: string): EntryState | undefined {
  return entries.find((entry) => entry.name === name);
}

/** The entry as it is written, in the order of the documentation. One word is a shell line, several are a program. */
function newEntry(name: string, command: readonly string[], { url, transport, port, path, env }: NewServer) {
  const [first, ...args] = command;
  if ((first === undefined) === (url === undefined)) {
    const both = url !== undefined;
    throw wrongUse(
      `mcp add ${name}: ${both ? 'a command and a URL at once' : 'what shall run?'}`,
      `mcp add ${name} -- COMMAND…, or mcp add ${name} --url URL`,
    );
  }
  return {
    ...(path === undefined ? {} : { path }),
    ...(first === undefined ? {} : { command: first }),
    ...(args.length === 0 ? {} : { args }),
    ...(url === undefined ? {} : { url }),
    ...(transport === undefined ? {} : { transport }),
    ...(port === undefined ? {} : { port }),
    ...(env === undefined ? {} : { env }),
  };
}
