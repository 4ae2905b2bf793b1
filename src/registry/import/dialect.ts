import { basename } from 'node:path';

/** Text of another program's configuration in our way of writing variables, and what is to be said about it. */
export interface Translated {
  readonly text: string;
  readonly notes: readonly string[];
}

/** How a program writes variables. */
export type Dialect = (text: string) => Translated;

/** No variables at all: what looks like one is meant literally (Claude Desktop, Codex). */
export const literal: Dialect = (text) => ({ text: text.replaceAll('${', () => '$${'), notes: [] });

/** `${VAR}` and `${VAR:-default}`, as ours (Claude Code). @param folder what `${CLAUDE_PROJECT_DIR}` stands for */
export function claudeCode(folder: string | null): Dialect {
  return (text) => ({
    text: folder === null ? text : text.replaceAll('${CLAUDE_PROJECT_DIR}', () => folder),
    notes: [],
  });
}

/** `$VAR` and `${VAR}` (Gemini CLI). */
export const gemini: Dialect = (text) => ({
  text: text.replaceAll(/\$([A-Za-z_]\w*)/g, (_whole, name: string) => `\${${name}}`),
  notes: [],
});

/**
 * `${env:VAR}`, `${input:id}` and variables of the editor (VS Code, Cursor).
 *
 * @param folder the workspace that the file belongs to; null for a file of the user
 * @param inputs what the file says about each input, by id
 */
export function editor(home: string, folder: string | null, inputs: ReadonlyMap<string, string> = new Map()): Dialect {
  const known: Readonly<Record<string, string | null>> = {
    userHome: home,
    workspaceFolder: folder,
    workspaceRoot: folder,
    workspaceFolderBasename: folder && basename(folder),
    pathSeparator: '/',
    '/': '/',
  };
  return (text) => {
    const notes: string[] = [];
    const translated = text.replaceAll(/\$\{([^}]*)\}/g, (whole, inside: string) => {
      const [, kind, id = ''] = /^(env|input):(.+)$/.exec(inside) ?? [];
      if (kind === 'env') return whole;
      if (kind === 'input') {
        const name = variableName(id);
        notes.push(
          `it asks for ${inputs.get(id) ?? `"${id}"`}; here that is the variable ${name}: export it, or put it into the env file`,
        );
        return `\${${name}}`;
      }
      const value = known[inside];
      if (value != null) return value;
      notes.push(`${whole} is known to the editor alone and was kept as it is`);
      return `$${whole}`;
    });
    return { text: translated, notes };
  };
}

/** `github-token` as the name of a variable: `GITHUB_TOKEN`. */
export function variableName(text: string): string {
  const name = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toUpperCase();
  return /^[A-Z_]/.test(name) ? name : `V_${name}`;
}
