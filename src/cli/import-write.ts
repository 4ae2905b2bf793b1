import { lstatSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { addEntry, replaceEntry } from '../registry/edit-registry.ts';
import { ensureDirectory } from '../registry/ensure-directory.ts';
import { readEnvFile } from '../registry/env-file.ts';
import { expandTilde } from '../registry/expand.ts';
import { envText } from '../registry/import/env-text.ts';
import { moveSecrets } from '../registry/import/move-secrets.ts';
import type { Result } from '../registry/problem.ts';
import { parseRegistry } from '../registry/read-registry.ts';
import { writeFileAtomic } from '../registry/write-file-atomic.ts';
import { changeRegistry } from './change-registry.ts';
import { CommandError } from './command-error.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';
import type { Settled } from './import-collisions.ts';
import { problemLine } from './unit-text.ts';

/** What became of the servers that were to be written. */
export interface Written {
  readonly added: readonly { readonly name: string; readonly replaced: boolean }[];
  readonly failed: readonly { readonly name: string; readonly problem: string }[];
  readonly secrets: readonly { readonly envFile: string; readonly names: readonly string[] }[];
}

interface Prepared {
  readonly name: string;
  readonly choice: Settled['choice'];
  readonly entry: Readonly<Record<string, unknown>>;
  /** The env file that was written for it. */
  readonly envFile: string | null;
  readonly secrets: readonly string[];
}

/**
 * Writes env files (0600) first, then all entries in one change of the registry. An entry that could never run is left out
 * and told, and so is its env file; the others go in.
 */
export async function writeImported(context: Context, chosen: readonly Settled[]): Promise<Written> {
  const failed: { name: string; problem: string }[] = [];
  const prepared: Prepared[] = [];
  for (const one of chosen) {
    const result = prepare(context, one);
    if (result.ok) prepared.push(result.value);
    else failed.push({ name: one.name, problem: problemLine(result.problem) });
  }
  let left: ReadonlyMap<Prepared, string> = new Map();
  try {
    await changeRegistry(
      context,
      (text) => {
        const written = writeAll(text, prepared, context.paths.registryFile);
        left = written.left;
        return { ok: true, value: written.text };
      },
      EXIT.failed,
    );
  } catch (error) {
    removeEnvFiles(prepared);
    throw error;
  }
  removeEnvFiles([...left.keys()]);
  const added = prepared.filter((one) => !left.has(one));
  return {
    added: added.map(({ name, choice }) => ({ name, replaced: choice === 'replace' })),
    failed: [...failed, ...[...left].map(([{ name }, problem]) => ({ name, problem }))],
    secrets: added.flatMap(({ envFile, secrets }) => (envFile === null ? [] : [{ envFile, names: secrets }])),
  };
}

/** One entry after the other, so that a bad one keeps none of the others out. */
function writeAll(text: string, prepared: readonly Prepared[], path: string) {
  const left = new Map<Prepared, string>();
  let present = text;
  for (const one of prepared) {
    const edit = one.choice === 'replace' ? replaceEntry : addEntry;
    const edited = edit(present, one.name, one.entry);
    const state = edited.ok
      ? parseRegistry(edited.value, path).entries.find(({ name }) => name === one.name)
      : undefined;
    const problem = edited.ok ? state?.problems[0] : edited.problem;
    if (edited.ok && problem === undefined) present = edited.value;
    else left.set(one, problem === undefined ? 'it cannot be written' : problemLine(problem));
  }
  return { text: present, left };
}

/** The entry without secrets, and its env file. */
function prepare(context: Context, { name, choice, server: given }: Settled): Result<Prepared> {
  const { server, variables } = moveSecrets(given);
  const secrets = Object.keys(variables);
  if (secrets.length === 0) return { ok: true, value: { name, choice, entry: server.entry, envFile: null, secrets } };
  const others = variablesOfOwnFile(context, server.entry);
  if (!others.ok) return others;
  const written = writeEnvFile(context, name, { ...others.value, ...variables });
  if (!written.ok) return written;
  const reference = `\${MCP_DATA_DIR}/env/${written.value.slice(envFolder(context).length + 1)}`;
  return {
    ok: true,
    value: { name, choice, entry: withEnvFile(server.entry, reference), envFile: written.value, secrets },
  };
}

/** An entry has one env file: where the client had one as well, ours holds the variables of both. */
function variablesOfOwnFile({ paths }: Context, { env_file: own, path }: Readonly<Record<string, unknown>>) {
  if (typeof own !== 'string') return { ok: true as const, value: {} };
  const folder = typeof path === 'string' ? expandTilde(path, paths.home) : paths.home;
  return readEnvFile(resolve(folder, expandTilde(own, paths.home)));
}

function envFolder({ paths }: Context): string {
  return join(paths.dataDir, 'env');
}

/** A file of the same name stays as it is: it may hold what an entry that was removed needs again. */
function writeEnvFile(context: Context, name: string, variables: Readonly<Record<string, string>>): Result<string> {
  const folder = [context.paths.dataDir, envFolder(context)].map((path) => ensureDirectory(path));
  for (const made of folder) if (!made.ok) return made;
  for (let number = 1; number < 1_000; number++) {
    const file = join(envFolder(context), `${name}${number === 1 ? '' : `-${number}`}.env`);
    if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) continue;
    const text = envText(variables, file);
    if (!text.ok) return text;
    const outcome = writeFileAtomic(file, text.value, null);
    if (outcome.kind === 'written') return { ok: true, value: file };
    if (outcome.kind === 'problem') return { ok: false, problem: outcome.problem };
  }
  throw new CommandError(EXIT.failed, {
    what: `${envFolder(context)} is full of files for ${name}`,
    next: 'tidy it up',
  });
}

function withEnvFile(entry: Readonly<Record<string, unknown>>, reference: string): Readonly<Record<string, unknown>> {
  const { path, command, args, url, ...rest } = entry;
  const head = Object.fromEntries(
    Object.entries({ path, command, args, url }).filter(([, value]) => value !== undefined),
  );
  return { ...head, ...rest, env_file: reference };
}

function removeEnvFiles(prepared: readonly Prepared[]): void {
  for (const { envFile } of prepared) if (envFile !== null) rmSync(envFile, { force: true });
}
