import type { Result } from '../registry/problem.ts';
import { readTextFile } from '../registry/read-text-file.ts';
import { changeClaudeFile } from './change-file.ts';
import type { Place } from './claude-code.ts';
import type { ClaudeCommand } from './claude-command.ts';
import { removeServer, serverIn, setServer, standsAs } from './edit-servers.ts';
import type { Change } from './installs.ts';
import { CLAUDE_FILE_LIMIT } from './servers.ts';

/** What changes are made with. */
export interface Hands {
  /** Claude Code's own command where it is installed. */
  readonly claude: ClaudeCommand | null;
  /** Folder for copies of what was there before. */
  readonly backups: string;
}

/** What shall stand under a name in one place; null: nothing. */
export interface Wish {
  readonly place: Place;
  readonly name: string;
  readonly entry: unknown;
}

/**
 * Makes one entry as it is wished: by `claude mcp add-json` or `remove`, and where that is not installed or does not lead
 * there (it refuses some names, and knows no project file but that of the folder it runs in), by an edit of the file.
 *
 * @returns what was changed; null when it stood so already
 */
export async function applyWish(
  { claude, backups }: Hands,
  { place, name, entry }: Wish,
): Promise<Result<Change | null>> {
  const { scope, file, path } = place;
  const before = currentText(file);
  if (before !== null && standsAs(before, path, name, entry)) return { ok: true, value: null };
  const was = (before === null ? undefined : serverIn(before, path, name)) ?? null;
  const change: Change = { scope, file, path: [...path], name, before: was, after: entry };
  if (claude?.reaches(place) && isStrict(before ?? '{}')) {
    if (was !== null) await claude.remove(scope, name);
    if (entry !== null) await claude.add(scope, name, entry);
    const after = currentText(file);
    if (after !== null && standsAs(after, path, name, entry)) return { ok: true, value: change };
  }
  const edited = changeClaudeFile(
    file,
    (text) => ({
      ok: true,
      value: entry === null ? removeServer(text, path, name) : setServer(text, path, name, entry),
    }),
    backups,
  );
  return edited.ok ? { ok: true, value: change } : edited;
}

/** A file with comments is broken for Claude Code's command, which would begin a new one. */
function isStrict(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Null when there is nothing that could be read; the edit itself says why. */
function currentText(file: string): string | null {
  const present = readTextFile(file, CLAUDE_FILE_LIMIT);
  return present.kind === 'text' ? present.text : null;
}
