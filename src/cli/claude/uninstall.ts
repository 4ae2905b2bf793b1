import { changeClaudeFile } from '../../claude/change-file.ts';
import { removeServer } from '../../claude/edit-servers.ts';
import { type Change, type Install, readInstalls, undoChange, writeInstalls } from '../../claude/installs.ts';
import { isOurs } from '../../claude/our-entry.ts';
import type { ClaudeServer } from '../../claude/servers.ts';
import { CommandError, valueOr } from '../command-error.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { backupFolder, entriesHere } from './hands.ts';
import type { UninstallJson } from './json-shapes.ts';

type Fate = UninstallJson['entries'][number];

/** `claude-mcp install --undo`: the last install, entry by entry. */
export async function undoLast(context: Context): Promise<ExitCode> {
  const installs = valueOr(EXIT.badConfiguration, readInstalls(context.paths));
  const last = installs.at(-1);
  if (last === undefined) {
    throw new CommandError(EXIT.notFound, {
      what: 'no install is noted that could be taken back',
      next: 'claude-mcp uninstall removes our entries',
    });
  }
  return report(context, takeBack(context, installs, [last]));
}

/** `claude-mcp uninstall`: every install, and whatever entry of ours is left in this folder's scopes. */
export async function uninstall(context: Context): Promise<ExitCode> {
  const installs = valueOr(EXIT.badConfiguration, readInstalls(context.paths));
  const undone = takeBack(context, installs, installs);
  const left = entriesHere(context).servers.filter(({ raw }) => isOurs(raw));
  return report(context, [...undone, ...left.map((server) => removeOurs(context, server))]);
}

function takeBack(context: Context, all: readonly Install[], which: readonly Install[]): Fate[] {
  const fates = which
    .toReversed()
    .flatMap(({ changes }) => changes.toReversed().map((change) => undo(context, change)));
  valueOr(
    EXIT.failed,
    writeInstalls(
      context.paths,
      all.filter((install) => !which.includes(install)),
    ),
  );
  return fates;
}

function undo(context: Context, change: Change): Fate {
  let kept = false;
  const edit = (text: string) => {
    const { text: value, outcome } = undoChange(text, change);
    kept = outcome === 'kept';
    return { ok: true as const, value };
  };
  valueOr(EXIT.failed, changeClaudeFile(change.file, edit, backupFolder(context)));
  const { name, scope, file, before } = change;
  return { name, scope, file, outcome: kept ? 'kept' : before === null ? 'removed' : 'restored' };
}

function removeOurs(context: Context, { name, place: { scope, file, path } }: ClaudeServer): Fate {
  const edit = (text: string) => ({ ok: true as const, value: removeServer(text, path, name) });
  valueOr(EXIT.failed, changeClaudeFile(file, edit, backupFolder(context)));
  return { name, scope, file, outcome: 'removed' };
}

function report(context: Context, entries: readonly Fate[]): ExitCode {
  if (context.json) {
    const json: UninstallJson = { entries: [...entries] };
    context.print(JSON.stringify(json, null, 2));
    return EXIT.done;
  }
  for (const { name, scope, file, outcome } of entries) {
    if (outcome === 'kept') context.note(`${name} (${scope} scope, ${file}) was changed since, and left alone`);
    else context.print(`${outcome === 'removed' ? 'removed' : 'put back'} ${name} (${scope} scope, ${file})`);
  }
  if (entries.length === 0) context.print('nothing of ours is in the configuration of Claude Code');
  return EXIT.done;
}
