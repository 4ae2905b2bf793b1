import { join } from 'node:path';
import * as z from 'zod';
import { ensureDirectory } from '../registry/ensure-directory.ts';
import type { Paths } from '../registry/paths.ts';
import type { Problem, Result } from '../registry/problem.ts';
import { readTextFile } from '../registry/read-text-file.ts';
import { writeFileAtomic } from '../registry/write-file-atomic.ts';
import { SCOPES } from './claude-code.ts';
import { removeServer, setServer, standsAs } from './edit-servers.ts';

const changeShape = z.object({
  scope: z.enum(SCOPES),
  file: z.string(),
  path: z.array(z.string()),
  name: z.string(),
  /** The entry before and after; null where there was none. */
  before: z.unknown(),
  after: z.unknown(),
});

const installsShape = z.array(z.object({ at: z.string(), changes: z.array(changeShape) }));

/** One entry of Claude Code's that an install added, changed or removed. Holds what it was, secrets included. */
export type Change = z.infer<typeof changeShape>;
/** What one install did, in order. `at` is ISO 8601. */
export type Install = z.infer<typeof installsShape>[number];

const LIMIT = 4 * 1024 * 1024;

/** Where the installs that can be taken back are noted (0600). */
export function installsFile({ dataDir }: Pick<Paths, 'dataDir'>): string {
  return join(dataDir, 'claude-installs.json');
}

/** The installs so far, oldest first. */
export function readInstalls(paths: Pick<Paths, 'dataDir'>): Result<Install[]> {
  const path = installsFile(paths);
  const file = readTextFile(path, LIMIT);
  if (file.kind === 'missing') return { ok: true, value: [] };
  if (file.kind === 'problem') return { ok: false, problem: file.problem };
  try {
    return { ok: true, value: installsShape.parse(JSON.parse(file.text)) };
  } catch {
    return { ok: false, problem: { what: `${path} cannot be understood`, next: `move ${path} away` } };
  }
}

/** Notes the installs that are left; without any the list is empty. */
export function writeInstalls(paths: Pick<Paths, 'dataDir'>, installs: readonly Install[]): Result<null> {
  const directory = ensureDirectory(paths.dataDir);
  if (!directory.ok) return directory;
  const path = installsFile(paths);
  const present = readTextFile(path, LIMIT);
  const outcome = writeFileAtomic(
    path,
    `${JSON.stringify(installs, null, 2)}\n`,
    present.kind === 'text' ? present.stamp : null,
  );
  if (outcome.kind === 'written') return { ok: true, value: null };
  const changed: Problem = { what: `${path} was changed by somebody else at the same time`, next: 'try again' };
  return { ok: false, problem: outcome.kind === 'problem' ? outcome.problem : changed };
}

/** What taking a change back did to a text. */
export interface Undone {
  readonly text: string;
  /** `kept`: the entry is not what the install left there, so it is somebody else's by now. */
  readonly outcome: 'undone' | 'kept';
}

/** Puts the entry back to what it was, unless somebody has changed it since. */
export function undoChange(text: string, { path, name, before, after }: Change): Undone {
  if (standsAs(text, path, name, before)) return { text, outcome: 'undone' };
  if (!standsAs(text, path, name, after)) return { text, outcome: 'kept' };
  return {
    text: before === null ? removeServer(text, path, name) : setServer(text, path, name, before),
    outcome: 'undone',
  };
}
