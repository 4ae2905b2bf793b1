import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Home } from '../../helpers/home.ts';
import { root } from '../../helpers/root.ts';

/** Folders of programs that every command needs and that hold no `claude`. */
const SYSTEM = '/usr/bin:/bin';

export interface ClaudeHome {
  /** A PATH with `claude-mcp` on it as after an installation, and whatever is put into `bin`. */
  readonly env: Readonly<Record<string, string>>;
  readonly bin: string;
  readonly claudeFile: string;
  readonly readClaude: () => Promise<Record<string, unknown>>;
  /** A script that everybody who looks on the PATH finds. */
  readonly program: (name: string, script: string) => Promise<void>;
}

export async function claudeHome(home: Home): Promise<ClaudeHome> {
  const bin = path.join(home.dir, 'bin');
  await mkdir(bin);
  await symlink(path.join(root, 'dist/bin/claude-mcp.cjs'), path.join(bin, 'claude-mcp'));
  await symlink(process.execPath, path.join(bin, 'node'));
  const claudeFile = path.join(home.dir, '.claude.json');
  return {
    // The runtime directory of tests is the usual one of their home, and so goes without saying.
    env: { PATH: `${bin}:${SYSTEM}` },
    bin,
    claudeFile,
    readClaude: async () => JSON.parse(await readFile(claudeFile, 'utf8')),
    program: async (name, script) => {
      await writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`);
      await chmod(path.join(bin, name), 0o755);
    },
  };
}
