import { join } from 'node:path';

/** The programs whose servers can be imported. */
export const CLIENTS = ['claude-code', 'claude-desktop', 'cursor', 'vscode', 'codex', 'gemini'] as const;
export type Client = (typeof CLIENTS)[number];

/** One file that may hold servers. */
export interface Source {
  readonly client: Client;
  readonly file: string;
  /** The project that the file belongs to; null for a file of the user. */
  readonly folder: string | null;
}

interface Machine {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
}

/** Where the client keeps its servers, for the user and for the present folder; none of the files need to exist. */
export function sourcesOf(client: Client, machine: Machine): Source[] {
  const { user, project } = FILES[client](machine);
  return [
    ...user.map((file) => ({ client, file, folder: null })),
    ...project.map((file) => ({ client, file: join(machine.cwd, file), folder: machine.cwd })),
  ];
}

type Files = (machine: Machine) => { readonly user: readonly string[]; readonly project: readonly string[] };

const FILES: Readonly<Record<Client, Files>> = {
  'claude-code': ({ env, home }) => ({
    user: [join(env.CLAUDE_CONFIG_DIR || home, '.claude.json')],
    project: ['.mcp.json'],
  }),
  'claude-desktop': (machine) => ({
    user: [join(applicationData(machine), 'Claude', 'claude_desktop_config.json')],
    project: [],
  }),
  cursor: ({ home }) => ({ user: [join(home, '.cursor', 'mcp.json')], project: ['.cursor/mcp.json'] }),
  vscode: (machine) => ({
    user: ['Code', 'Code - Insiders', 'VSCodium'].map((app) => join(applicationData(machine), app, 'User', 'mcp.json')),
    project: ['.vscode/mcp.json'],
  }),
  codex: ({ env, home }) => ({
    user: [join(env.CODEX_HOME || join(home, '.codex'), 'config.toml')],
    project: ['.codex/config.toml'],
  }),
  gemini: ({ home }) => ({ user: [join(home, '.gemini', 'settings.json')], project: ['.gemini/settings.json'] }),
};

function applicationData({ env, home, platform }: Machine): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  return env.XDG_CONFIG_HOME || join(home, '.config');
}
