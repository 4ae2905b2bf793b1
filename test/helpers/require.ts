import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** What a test may need beyond npm, and how to say that it is missing. */
const NEEDS = {
  tmux: () => program('tmux'),
  busybox: () => program('busybox'),
  setsid: () => program('setsid'),
  prlimit: () => program('prlimit'),
  setpriv: () => program('setpriv'),
  script: () => program('script'),
  bash: () => program('bash'),
  zsh: () => program('zsh'),
  fish: () => program('fish'),
  git: () => program('git'),
  claude: () => program('claude'),
  mcpdo: () => program('mcpdo'),
  root: () => (process.getuid?.() === 0 ? null : 'not running as root'),
  linux: () => (process.platform === 'linux' ? null : `this is ${process.platform}`),
} satisfies Record<string, () => string | null>;

export type Need = keyof typeof NEEDS;

/**
 * Why tests that need these cannot run here, or null when they can. Use with `describe.skipIf` / `test.skipIf`.
 * The reason is printed, so that a run says what it left out. Where `CI_REQUIRE` (a comma-separated list) names the
 * missing thing, nothing may be skipped for it.
 * @throws Error when something missing is named in `CI_REQUIRE`.
 */
export function needs(...wanted: readonly Need[]): string | null {
  const missing = wanted.flatMap((need) => {
    const reason = NEEDS[need]();
    return reason === null ? [] : [{ need, reason }];
  });
  if (missing.length === 0) return null;
  const text = missing.map(({ need, reason }) => `${need} (${reason})`).join(', ');
  const required = new Set((process.env.CI_REQUIRE ?? '').split(',').map((name) => name.trim()));
  if (missing.some(({ need }) => required.has(need)))
    throw new Error(`CI_REQUIRE does not let this be skipped: ${text}`);
  process.stderr.write(`skipped, as this is missing: ${text}\n`);
  return text;
}

function program(name: string): string | null {
  const found = (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return found ? null : 'not on PATH';
}
