import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where Claude Code keeps an entry: for all folders of a user, for everybody in a project, for a user in one project. */
export const SCOPES = ['user', 'project', 'local'] as const;
export type Scope = (typeof SCOPES)[number];

/** One place that holds servers by name: a file, and the way to the object within it. */
export interface Place {
  readonly scope: Scope;
  readonly file: string;
  readonly path: readonly string[];
  /** The folder that the entries are for; null for the user's own. */
  readonly folder: string | null;
}

export interface ClaudePlaces {
  /** Where an entry of each scope is written from here. */
  readonly write: Readonly<Record<Scope, Place>>;
  /** Every place that counts here, the strongest first: local, project files from here upwards, user. */
  readonly read: readonly Place[];
}

/** Who asks, and from where. */
export interface Where {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly cwd: string;
}

/** The user's file of Claude Code: `~/.claude.json`, or in the folder that CLAUDE_CONFIG_DIR names. */
function claudeFile({ env, home }: Pick<Where, 'env' | 'home'>): string {
  return join(env.CLAUDE_CONFIG_DIR || home, '.claude.json');
}

/** Nothing needs to be there; nothing is read but what tells where a repository begins. */
export function claudePlaces({ env, home, cwd }: Where): ClaudePlaces {
  const file = claudeFile({ env, home });
  const folder = projectFolder(cwd);
  const project = (directory: string): Place => ({
    scope: 'project',
    file: join(directory, '.mcp.json'),
    path: ['mcpServers'],
    folder: directory,
  });
  const user: Place = { scope: 'user', file, path: ['mcpServers'], folder: null };
  const local: Place = { scope: 'local', file, path: ['projects', folder, 'mcpServers'], folder };
  const projects = upwards(cwd).map(project);
  return {
    write: { user, local, project: project(resolve(cwd)) },
    read: [local, ...projects.filter(({ file: candidate }) => existsSync(candidate)), user],
  };
}

/**
 * The key of a folder under `projects`: the root of its repository, for a linked worktree that of the main one; without a
 * repository the folder itself (measured with Claude Code 2.1.197).
 */
export function projectFolder(cwd: string): string {
  for (const directory of upwards(cwd)) {
    const git = join(directory, '.git');
    const stat = statSync(git, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    return stat.isFile() ? (mainRepository(git) ?? directory) : directory;
  }
  return resolve(cwd);
}

/** The `.git` file of a linked worktree leads to `<main>/.git/worktrees/<name>`; that of a submodule elsewhere. */
function mainRepository(gitFile: string): string | null {
  const target = /^gitdir: (.+)$/m.exec(readFileSync(gitFile, 'utf8'))?.[1]?.trim();
  const main = /^(.*)\/\.git\/worktrees\/[^/]+\/?$/.exec(resolve(dirname(gitFile), target ?? ''))?.[1];
  return main ?? null;
}

function upwards(from: string): string[] {
  const directories: string[] = [];
  for (let directory = resolve(from); ; directory = dirname(directory)) {
    directories.push(directory);
    if (directory === dirname(directory)) return directories;
  }
}
