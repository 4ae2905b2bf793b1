import { editorCommand } from '../cockpit/runtime/editor.ts';
import { readRegistryFile } from '../registry/read-registry.ts';
import { announceChange } from './change-registry.ts';
import { CommandError } from './command-error.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { writeFirstRegistry } from './first-registry.ts';
import { namesInRegistry } from './registry-names.ts';
import { problemLine } from './unit-text.ts';

/** `mcp NAME edit`: the user's editor on the registry, at the entry; afterwards what is wrong with the file. */
export async function edit(context: Context, name: string | undefined): Promise<ExitCode> {
  await writeFirstRegistry(context);
  const file = context.paths.registryFile;
  const before = readRegistryFile(file);
  // A file that is broken as a whole has no entries to find; it is opened where it is broken.
  if (name !== undefined && before.status === 'good') namesInRegistry(context.paths, [name], []);
  const line = before.entries.find((entry) => entry.name === name)?.line ?? brokenLine(before.problems[0]?.what) ?? 1;
  await runEditor(context, file, line);

  await announceChange(context);
  const after = readRegistryFile(file);
  const problems = [...after.problems, ...after.entries.flatMap((entry) => entry.problems)];
  for (const problem of problems) context.note(problemLine(problem));
  for (const warning of after.entries.flatMap((entry) => entry.warnings)) context.note(problemLine(warning));
  return problems.length === 0 ? EXIT.done : EXIT.badConfiguration;
}

/** `…/.mcp-servers.json:12:3 is not valid JSON` */
function brokenLine(what: string | undefined): number | null {
  const line = /:(\d+):\d+ /.exec(what ?? '')?.[1];
  return line === undefined ? null : Number(line);
}

async function runEditor({ io, env, paths }: Context, file: string, line: number): Promise<void> {
  const { shell: editor, args } = editorCommand(env, file, line);
  // The variable may hold options (`code --wait`), so a shell takes it apart; file and line are passed beside it.
  const { execa } = await import('execa');
  // Ctrl-C inside the editor is the editor's.
  const ignore = () => {};
  io.on('SIGINT', ignore);
  try {
    const ended = await execa('sh', ['-c', `exec ${editor} "$@"`, 'sh', ...args], {
      stdio: 'inherit',
      cwd: paths.home,
      reject: false,
    });
    if (ended.exitCode === 0) return;
    throw new CommandError(EXIT.failed, {
      what: `the editor "${editor}" ended with ${ended.signal ?? `exit ${ended.exitCode}`}`,
      next: ended.exitCode === 127 ? 'export EDITOR=… with one that is installed' : 'nothing was checked; try again',
    });
  } finally {
    io.off('SIGINT', ignore);
  }
}
