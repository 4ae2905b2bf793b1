import { join } from 'node:path';
import { ensureDirectory } from './ensure-directory.ts';
import { withFileLock } from './file-lock.ts';
import type { Paths } from './paths.ts';
import type { Problem, Result } from './problem.ts';
import { parseRegistry, REGISTRY_LIMIT, type RegistryState } from './read-registry.ts';
import { readTextFile } from './read-text-file.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** How often an edit is tried anew because somebody else wrote the file in between. */
const ATTEMPTS = 5;

/**
 * Reads the registry, edits its text and writes it back, safe against a full disk, a crash and other writers: edits of
 * our own commands wait for each other; a change by an editor in between makes the edit start over on the new text. A
 * broken file is never overwritten, and an edit that would break the file is not written.
 *
 * @param edit gets the present text, `''` when there is no file yet; see `edit-registry.ts`
 * @returns the registry as written
 */
export function updateRegistry(paths: Paths, edit: (text: string) => Result<string>): Result<RegistryState> {
  const path = paths.registryFile;
  const directory = ensureDirectory(paths.runtimeDir);
  if (!directory.ok) return directory;
  return withFileLock(join(directory.value, 'registry.lock'), () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const outcome = tryOnce(path, edit);
      if (outcome !== 'changed') return outcome;
    }
    return refuse({
      what: `${path} changes all the time`,
      next: 'end the program that keeps writing it, and try again',
    });
  });
}

function tryOnce(path: string, edit: (text: string) => Result<string>): Result<RegistryState> | 'changed' {
  const file = readTextFile(path, REGISTRY_LIMIT);
  if (file.kind === 'problem') return refuse(file.problem);
  if (file.kind === 'text') {
    const [fault] = parseRegistry(file.text, path).problems;
    if (fault !== undefined) return refuse({ ...fault, what: `not touched, as it is broken: ${fault.what}` });
  }
  const edited = edit(file.kind === 'text' ? file.text : '');
  if (!edited.ok) return edited;
  const state = parseRegistry(edited.value, path);
  const [fault] = state.problems;
  if (fault !== undefined) return refuse({ ...fault, what: `the edit would break the file: ${fault.what}` });
  const outcome = writeFileAtomic(path, edited.value, file.kind === 'text' ? file.stamp : null);
  if (outcome.kind === 'changed') return 'changed';
  return outcome.kind === 'written' ? { ok: true, value: state } : refuse(outcome.problem);
}

function refuse(problem: Problem): Result<never> {
  return { ok: false, problem };
}
