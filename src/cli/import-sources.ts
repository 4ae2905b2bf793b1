import { existsSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { isOurs } from '../claude/our-entry.ts';
import { codexFile } from '../registry/import/codex.ts';
import {
  anyFile,
  claudeCodeFile,
  claudeDesktopFile,
  cursorFile,
  type Format,
  geminiFile,
  vscodeFile,
} from '../registry/import/formats.ts';
import type { Imported, ImportedServer, Refused } from '../registry/import/imported.ts';
import type { Candidate } from '../registry/import/plan-import.ts';
import { CLIENTS, type Client, type Source, sourcesOf } from '../registry/import/sources.ts';
import { readTextFile } from '../registry/read-text-file.ts';
import { CommandError, valueOr } from './command-error.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-codes.ts';

/** The largest file that is read, in bytes: Claude Code keeps histories in its own. */
const LIMIT = 32 * 1024 * 1024;

const FORMATS: Readonly<Record<Client, Format>> = {
  'claude-code': claudeCodeFile,
  'claude-desktop': claudeDesktopFile,
  cursor: cursorFile,
  vscode: vscodeFile,
  codex: codexFile,
  gemini: geminiFile,
};

export interface Gathered {
  readonly candidates: readonly Candidate[];
  readonly refused: readonly (Refused & { readonly from: string })[];
  /** The files that were there. */
  readonly files: readonly string[];
}

/**
 * The servers of a client, of a file, or without a word of every client that is there.
 *
 * @throws CommandError when there is nothing to read (3), or a file cannot be understood (4)
 */
export function readSources(context: Context, word: string | undefined): Gathered {
  const clients = CLIENTS.filter((client) => word === undefined || client === word);
  const cwd = context.io.cwd();
  const machine = { env: context.env, home: context.paths.home, cwd, platform: process.platform };
  const isFile = clients.length === 0;
  const sources = isFile
    ? [{ from: word ?? '', file: resolve(cwd, word ?? ''), folder: null, format: formatOf(word ?? '') }]
    : clients.flatMap((client) => sourcesOf(client, machine)).map(asReadable);
  // In the home folder a client's project file is its user file.
  const files = sources.map(({ file }) => file);
  const present = sources.filter(({ file }, index) => files.indexOf(file) === index && existsSync(file));
  if (present.length === 0) throw nothingThere(word, files, isFile);
  const parts = present.map(({ from, file, folder, format }) => {
    const imported = valueOr(EXIT.badConfiguration, readOne(context, file, folder, format));
    return {
      candidates: imported.servers.map((server) => ({ server, from })),
      refused: imported.refused.map((refusal) => ({ ...refusal, from })),
    };
  });
  return {
    candidates: parts.flatMap(({ candidates }) => candidates),
    refused: parts.flatMap(({ refused }) => refused),
    files: present.map(({ file }) => file),
  };
}

function asReadable({ client, file, folder }: Source) {
  return { from: client, file, folder, format: FORMATS[client] };
}

function readOne({ paths }: Context, file: string, folder: string | null, format: Format) {
  const text = readTextFile(file, LIMIT);
  if (text.kind === 'problem') return { ok: false as const, problem: text.problem };
  const read = format(text.kind === 'text' ? text.text : '', { file, home: paths.home, folder });
  return read.ok ? { ok: true as const, value: withoutOurs(read.value) } : read;
}

/** Entries that lead to this cockpit would lead it to itself. */
function withoutOurs({ servers, refused }: Imported): Imported {
  const ours = servers.filter(leadsHere);
  return {
    servers: servers.filter((server) => !ours.includes(server)),
    refused: [...refused, ...ours.map(({ name }) => ({ name, why: 'it leads to this cockpit itself' }))],
  };
}

function leadsHere({ entry, notes }: ImportedServer): boolean {
  const { url, command, args } = entry;
  const helped = notes.some((note) => note.startsWith('"headersHelper"'));
  if (helped && isOurs({ url, headersHelper: 'claude-mcp headers' })) return true;
  return typeof command === 'string' && basename(command) === 'mcp' && Array.isArray(args) && args[0] === 'connect';
}

/** A file that is named is understood by its name where that says whose it is. */
function formatOf(file: string): Format {
  const name = basename(file);
  if (extname(name) === '.toml') return codexFile;
  if (name === '.claude.json') return claudeCodeFile;
  if (name === 'claude_desktop_config.json') return claudeDesktopFile;
  return anyFile;
}

function nothingThere(word: string | undefined, files: readonly string[], isFile: boolean): CommandError {
  if (isFile) {
    return new CommandError(EXIT.notFound, {
      what: `there is no file ${files[0] ?? ''}, and no client of that name`,
      next: `mcp import ${CLIENTS.join(', ')}, or the path of a file`,
    });
  }
  return new CommandError(EXIT.notFound, {
    what: `${word ?? 'no client'} has no configuration here`,
    why: `looked for ${files.join(', ')}`,
    next: 'mcp import FILE reads any file',
  });
}
