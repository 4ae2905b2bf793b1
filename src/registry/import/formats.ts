import { nodeValue, parseDocument, placeAt, valueAt } from '../json-document.ts';
import type { Problem, Result } from '../problem.ts';
import { convertServer } from './convert-server.ts';
import { claudeCode, type Dialect, editor, gemini, literal } from './dialect.ts';
import { type Imported, joinImported } from './imported.ts';

/** What the reading of a file needs to know beside its text. */
export interface Origin {
  /** Names the file in messages; nothing is read. */
  readonly file: string;
  readonly home: string;
  /** The project that the file belongs to; null for a file of the user. */
  readonly folder: string | null;
}

/** How a program keeps its servers: from the text of its file to registry entries. */
export type Format = (text: string, origin: Origin) => Result<Imported>;

/** `~/.claude.json`, for all folders and for each project, and `.mcp.json`. */
export const claudeCodeFile: Format = (text, { file, folder }) =>
  fromJson(text, file, (root) => {
    const projects = valueAt(root, ['projects']);
    const locals = isObject(projects) ? Object.entries(projects) : [];
    return joinImported([
      fromServers(valueAt(root, ['mcpServers']), claudeCode(folder), folder),
      ...locals.map(([project, settings]) =>
        fromServers(valueAt(settings, ['mcpServers']), claudeCode(project), project),
      ),
    ]);
  });

export const claudeDesktopFile: Format = (text, { file }) =>
  fromJson(text, file, (root) => fromServers(valueAt(root, ['mcpServers']), literal, null));

export const cursorFile: Format = (text, { file, home, folder }) =>
  fromJson(text, file, (root) => fromServers(valueAt(root, ['mcpServers']), editor(home, folder), folder));

/** `mcp.json` with `servers` and `inputs`; in a `settings.json` of older versions below `mcp`. */
export const vscodeFile: Format = (text, { file, home, folder }) =>
  fromJson(text, file, (root) => {
    const holder = valueAt(root, ['servers']) === undefined ? valueAt(root, ['mcp']) : root;
    const dialect = editor(home, folder, inputsOf(valueAt(holder, ['inputs'])));
    return fromServers(valueAt(holder, ['servers']), dialect, folder);
  });

export const geminiFile: Format = (text, { file, folder }) =>
  fromJson(text, file, (root) => fromServers(valueAt(root, ['mcpServers']), gemini, folder));

/**
 * Any file of that kind: `mcpServers`, `servers`, or the servers themselves; TOML is left to `codex.ts`. `${VAR}` is a
 * variable, `${env:VAR}` and `${input:id}` are understood as well.
 */
export const anyFile: Format = (text, origin) =>
  fromJson(text, origin.file, (root) => {
    const named = ['mcpServers', 'servers'].find((key) => isObject(valueAt(root, [key])));
    const servers = named === undefined ? (valueAt(root, ['mcp', 'servers']) ?? root) : valueAt(root, [named]);
    const inputs = inputsOf(valueAt(root, ['inputs']) ?? valueAt(root, ['mcp', 'inputs']));
    const ofEditor = editor(origin.home, origin.folder, inputs);
    // The editors' variables and the plain ones do not get into each other's way.
    const dialect: Dialect = (line) =>
      /\$\{(?:[a-z]+:|workspace|userHome)/.test(line) ? ofEditor(line) : { text: line, notes: [] };
    return fromServers(servers, dialect, null);
  });

/** Every entry of an object of servers. */
export function fromServers(servers: unknown, dialect: Dialect, folder: string | null): Imported {
  const converted = isObject(servers)
    ? Object.entries(servers).map(([name, raw]) => convertServer(name, raw, dialect, folder))
    : [];
  return {
    servers: converted.filter((each) => 'entry' in each),
    refused: converted.filter((each) => 'why' in each),
  };
}

/** What a file says about its inputs, for people: `"GitHub token"`. */
function inputsOf(inputs: unknown): Map<string, string> {
  const list: readonly unknown[] = Array.isArray(inputs) ? inputs : [];
  return new Map(
    list.flatMap((input) => {
      const [id, description] = [valueAt(input, ['id']), valueAt(input, ['description'])];
      return typeof id === 'string' ? [[id, `"${typeof description === 'string' ? description : id}"`] as const] : [];
    }),
  );
}

function fromJson(text: string, file: string, read: (root: unknown) => Imported): Result<Imported> {
  if (text.replace(/^\uFEFF/, '').trim() === '') return { ok: true, value: { servers: [], refused: [] } };
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault === undefined && document.root?.type === 'object')
    return { ok: true, value: read(nodeValue(document.root)) };
  const problem: Problem = {
    what: `${placeAt(document, fault?.offset ?? 0, file)} is not valid JSON`,
    why: fault?.message ?? 'an object {…} is expected here',
    next: 'mend that line',
  };
  return { ok: false, problem };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
