import { basename } from 'node:path';

/** Programs that only start the next one and wait for it. */
const WRAPPERS = new Set(
  [
    'sh bash dash zsh ksh ash fish busybox env nohup nice setsid timeout stdbuf time sudo doas su script',
    'tini dumb-init catatonit npm npx pnpm pnpx yarn yarnpkg bunx corepack uv uvx pipx poetry pdm hatch rye',
    'mise asdf direnv dotenv dotenvx doppler op nodemon concurrently volta nvm-exec',
  ]
    .join(' ')
    .split(' '),
);

/** Launchers that are scripts of an interpreter: `node /usr/lib/node_modules/npm/bin/npx-cli.js …`. */
const INTERPRETERS = new Set(['node', 'nodejs', 'bun', 'python', 'python3']);

/** Whether a command line belongs to a shell, a package runner or another launcher rather than to the server. */
export function isWrapper(command: string): boolean {
  const [program = '', script = ''] = command.split(' ').map(tool);
  return WRAPPERS.has(program) || (INTERPRETERS.has(program) && WRAPPERS.has(script));
}

/** `-bash` → bash, `/usr/bin/npx-cli.js` → npx, `pnpm.cjs` → pnpm. */
function tool(word: string): string {
  return basename(word.replace(/^-/, '')).replace(/(-cli)?\.[cm]?js$/, '');
}
