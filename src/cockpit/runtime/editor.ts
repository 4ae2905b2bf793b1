import { basename } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;
type Locate = (path: string, line: number) => readonly string[];

const plus: Locate = (path, line) => [`+${line}`, path];
const colon: Locate = (path, line) => [`${path}:${line}`];
const goto: Locate = (path, line) => ['-g', `${path}:${line}`];

/** How editors are told the line, in the cockpit and by `mcp NAME edit`; one that is not listed gets the path alone. */
const LOCATE: Readonly<Record<string, Locate>> = {
  vi: plus,
  vim: plus,
  nvim: plus,
  nano: plus,
  micro: plus,
  emacs: plus,
  emacsclient: plus,
  joe: plus,
  kak: plus,
  mg: plus,
  hx: colon,
  helix: colon,
  zed: colon,
  subl: colon,
  code: goto,
  'code-insiders': goto,
  codium: goto,
  cursor: goto,
  windsurf: goto,
};

/** The user's editor as a shell command, and what to give it: `VISUAL`, else `EDITOR`, else `vi`. Lines count from 1. */
export function editorCommand(
  env: Environment,
  path: string,
  line: number,
): { readonly shell: string; readonly args: readonly string[] } {
  const shell = env.VISUAL || env.EDITOR || 'vi';
  const program = basename(shell.trim().split(/\s+/)[0] ?? '');
  return { shell, args: (LOCATE[program] ?? ((file: string) => [file]))(path, line) };
}

/** The line (from 1) on which a server's entry begins; 1 where there is none, or the file cannot be read as JSON. */
export async function entryLine(text: string, name: string): Promise<number> {
  // Only needed when somebody edits: kept out of the first frame.
  const { findNodeAtLocation, parseTree } = await import('jsonc-parser');
  const root = parseTree(text);
  const offset = root === undefined ? undefined : findNodeAtLocation(root, [name])?.parent?.offset;
  return offset === undefined ? 1 : text.slice(0, offset).split('\n').length;
}
