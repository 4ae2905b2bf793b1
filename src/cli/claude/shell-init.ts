import { ownCommand } from '../../claude/own-command.ts';
import { findInstallation } from '../../supervisor/installation.ts';
import { wrongUse } from '../command-error.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

/** `claude-mcp shell-init SHELL`: short names for what is typed most. */
export async function shellInit({ env, paths, print }: Context, shell: string): Promise<ExitCode> {
  const command = ownCommand({ env, home: paths.home, root: findInstallation().root });
  const script = SCRIPTS.get(shell);
  if (script === undefined) throw wrongUse(`no helpers for ${shell}`, 'claude-mcp shell-init bash, zsh or fish');
  print(script(command));
  return EXIT.done;
}

/** Functions, not aliases: an alias of the same name made earlier would break their definition, hence `unalias`. */
const posix = (command: string) => `unalias cm cms cml remember recall 2>/dev/null || true
cm() { ${command} "$@"; }
cms() { ${command} status "$@"; }
cml() { ${command} memory list "$@"; }
remember() { ${command} memory save "$*"; }
recall() { ${command} memory search "$*"; }`;

const fish = (command: string) => `function cm; ${command} $argv; end
function cms; ${command} status $argv; end
function cml; ${command} memory list $argv; end
function remember; ${command} memory save "$argv"; end
function recall; ${command} memory search "$argv"; end`;

const SCRIPTS: ReadonlyMap<string, (command: string) => string> = new Map([
  ['bash', posix],
  ['zsh', posix],
  ['fish', fish],
]);
