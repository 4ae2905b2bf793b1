import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ownCommand } from '../../claude/own-command.ts';
import { readTextFile } from '../../registry/read-text-file.ts';
import { writeFileAtomic } from '../../registry/write-file-atomic.ts';
import { findInstallation } from '../../supervisor/installation.ts';
import { CommandError, wrongUse } from '../command-error.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

const MARK = '# claude-mcp git-hook: remembers each commit message; never holds up or fails a commit.';

/** In the background, with nothing left open, so that git does not wait for it. */
const script = (command: string) => `#!/bin/sh
${MARK}
commit_msg=$(git log -1 --pretty=%B)
${command} memory save "Committed: $commit_msg" </dev/null >/dev/null 2>&1 &
`;

/** `claude-mcp git-hook`: prints the post-commit hook, installs it into the repository of this folder, or removes it. */
export async function gitHook(
  context: Context,
  { install, remove }: { readonly install: boolean; readonly remove: boolean },
): Promise<ExitCode> {
  if (install && remove) throw wrongUse('--install and --remove at once', 'say one of them');
  const { env, paths } = context;
  const text = script(ownCommand({ env, home: paths.home, root: findInstallation().root }));
  if (install) return installHook(context, text);
  if (remove) return removeHook(context);
  context.io.stdout.write(text);
  return EXIT.done;
}

async function installHook(context: Context, text: string): Promise<ExitCode> {
  const file = await hookFile(context);
  const present = readTextFile(file, 1024 * 1024);
  if (present.kind === 'problem') throw new CommandError(EXIT.failed, present.problem);
  if (present.kind === 'text' && !present.text.includes(MARK)) {
    throw new CommandError(EXIT.failed, {
      what: `${file} is there already, and not ours`,
      next: `claude-mcp git-hook >> ${file} adds it at the end`,
    });
  }
  mkdirSync(dirname(file), { recursive: true });
  const outcome = writeFileAtomic(file, text, present.kind === 'text' ? present.stamp : null);
  if (outcome.kind !== 'written') {
    const changed = { what: `${file} was changed at the same time`, next: 'try again' };
    throw new CommandError(EXIT.failed, outcome.kind === 'problem' ? outcome.problem : changed);
  }
  chmodSync(file, 0o755);
  context.print(`installed ${file}`);
  return EXIT.done;
}

async function removeHook(context: Context): Promise<ExitCode> {
  const file = await hookFile(context);
  const present = readTextFile(file, 1024 * 1024);
  const ours = present.kind === 'text' && isOursAlone(present.text);
  if (!ours) {
    throw new CommandError(EXIT.notFound, {
      what: `${file} ${present.kind === 'missing' ? 'is not there' : 'is not ours alone'}`,
      ...(present.kind === 'missing' ? {} : { next: 'take the lines of claude-mcp out by hand' }),
    });
  }
  rmSync(file);
  context.print(`removed ${file}`);
  return EXIT.done;
}

/** Whatever path the command had when it was written. */
function isOursAlone(text: string): boolean {
  const lines = text.split('\n');
  return lines[1] === MARK && lines.length === script('').split('\n').length;
}

/** Where git looks for it: also with `core.hooksPath`, in worktrees and submodules. */
async function hookFile({ io, env }: Context): Promise<string> {
  const { execa } = await import('execa');
  const { exitCode, stdout } = await execa('git', ['rev-parse', '--git-path', 'hooks/post-commit'], {
    cwd: io.cwd(),
    env,
    extendEnv: false,
    reject: false,
  });
  if (exitCode === 0) return resolve(io.cwd(), stdout.trim());
  throw new CommandError(EXIT.failed, {
    what: exitCode === undefined ? 'git cannot be run' : `${io.cwd()} is in no git repository`,
    next: exitCode === undefined ? 'install git' : 'cd into one, or git init',
  });
}
