import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ensureDirectory } from '../registry/ensure-directory.ts';
import type { Problem, Result } from '../registry/problem.ts';
import { readTextFile } from '../registry/read-text-file.ts';
import { writeFileAtomic } from '../registry/write-file-atomic.ts';
import { jsonFault } from './json-fault.ts';
import { CLAUDE_FILE_LIMIT } from './servers.ts';

/** Claude Code writes its file at any time: an edit starts over on the new text this often. */
const ATTEMPTS = 20;
/** Backups that stay, for each file name. */
const KEPT = 10;

/**
 * Edits a file of Claude Code: what was there is backed up first, a file that is no JSON is never written, and one that
 * changed in between is read again, up to the moment before the new text takes its place.
 *
 * @param edit gets the present text, `''` without a file; the same text back means that there is nothing to do
 * @param backups folder for what was there before (0700; files 0600)
 * @returns whether the file was written
 */
export function changeClaudeFile(
  file: string,
  edit: (text: string) => Result<string>,
  backups: string,
): Result<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const present = readTextFile(file, CLAUDE_FILE_LIMIT);
    if (present.kind === 'problem') return refuse(present.problem);
    const text = present.kind === 'text' ? present.text : '';
    const broken = jsonFault(text, file);
    if (broken !== null) return refuse(broken);
    const edited = edit(text);
    if (!edited.ok) return edited;
    if (edited.value === text) return { ok: true, value: false };
    const breaks = jsonFault(edited.value, file);
    if (breaks !== null) return refuse({ ...breaks, what: `the edit would break the file: ${breaks.what}` });
    if (present.kind === 'text') {
      const kept = backUp(file, text, backups);
      if (!kept.ok) return kept;
    }
    const outcome = writeFileAtomic(file, edited.value, present.kind === 'text' ? present.stamp : null);
    if (outcome.kind === 'written') return { ok: true, value: true };
    if (outcome.kind === 'problem') return refuse(outcome.problem);
  }
  return refuse({ what: `${file} changes all the time`, next: 'leave Claude Code for a moment, and try again' });
}

function backUp(file: string, text: string, backups: string): Result<null> {
  const directory = ensureDirectory(backups);
  if (!directory.ok) return directory;
  const name = basename(file).replace(/^\./, '');
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  const outcome = writeFileAtomic(
    join(directory.value, `${name}.${stamp}-${randomBytes(3).toString('hex')}`),
    text,
    null,
  );
  if (outcome.kind === 'problem') return refuse(outcome.problem);
  const old = readdirSync(directory.value).filter((other) => other.startsWith(`${name}.`));
  for (const other of old.toSorted().slice(0, -KEPT)) rmSync(join(directory.value, other), { force: true });
  return { ok: true, value: null };
}

function refuse(problem: Problem): Result<never> {
  return { ok: false, problem };
}
