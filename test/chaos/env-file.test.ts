import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tinyHttp } from '../helpers/tiny.ts';
import { waitFor } from '../helpers/wait.ts';
import { plainUser } from './plain-user.ts';
import { quietPort } from './quiet-port.ts';
import { onStage, type Stage } from './stage.ts';

describe.concurrent('F16 an env file', () => {
  test('F16 that is missing, malformed, huge or no file blocks the start with its place, and a mended one lets it start', async () => {
    await onStage({}, async (stage) => {
      const file = (name: string) => join(stage.home.dir, name);
      await writeFile(file('malformed.env'), 'A=1\nB="never closed\nC=3\n');
      await writeFile(file('huge.env'), '');
      await truncate(file('huge.env'), 10 * 1024 * 1024);
      const entry = async (env_file: string) => tinyHttp(await quietPort(), [], { path: stage.home.dir, env_file });
      await stage.register({
        missing: await entry('missing.env'),
        malformed: await entry('malformed.env'),
        huge: await entry('huge.env'),
        folder: await entry('.'),
      });
      for (const [name, what] of [
        ['missing', /missing\.env does not exist/],
        ['malformed', /malformed\.env:2 opens a quote " that is never closed/],
        ['huge', /huge\.env/],
        ['folder', /is not a regular file|is a directory/],
      ] as const) {
        const { code, stdout } = await stage.mcp(`${name} start`, { guardMs: 10_000 });
        expect(code, name).toBe(1);
        expect(stdout, name).toMatch(what);
        expect(await stage.server(name), name).toMatchObject({ state: 'blocked', pid: null, restarts: 0 });
      }
      await writeFile(file('missing.env'), 'A=1\n');
      await writeFile(file('malformed.env'), 'A=1\n');
      expect((await stage.mcp('missing malformed start')).code).toBe(0);
    });
  });

  const user = plainUser();
  test.skipIf(!user)('F16 that may not be read', async () => {
    const play = async (stage: Stage) => {
      const path = join(stage.home.dir, 'private.env');
      await writeFile(path, 'A=1\n', { mode: 0 });
      await stage.register({ web: tinyHttp(await quietPort(), [], { env_file: path }) });
      expect((await stage.mcp('web start')).stdout).toMatch(/private\.env.*permission denied/i);
      expect(await stage.server('web')).toMatchObject({ state: 'blocked', restarts: 0 });
    };
    await onStage({}, play, { user: user ?? {} });
  });

  test('F16 with Windows line ends, quotes, export and comments reaches the server as meant, and its secrets reach nobody else', async () => {
    await onStage({}, async (stage) => {
      const text = [
        '\uFEFF# settings',
        'export PLAIN=one two # comment',
        'QUOTED="a # b"',
        "SINGLE='it is $HOME'",
        'API_TOKEN=hunter2-hunter2',
        'LAST=',
      ].join('\r\n');
      await writeFile(join(stage.home.dir, 'dos.env'), text);
      const script =
        'printf "<%s>" "$PLAIN" "$QUOTED" "$SINGLE" "$LAST"; echo; echo fatal: bad token $API_TOKEN; exit 3';
      await stage.register({
        web: { command: script, port: await quietPort(), env_file: 'dos.env', restart: { policy: 'never' } },
      });
      const { stdout } = await stage.mcp('web start');
      const log = await waitFor('what it printed', async () => {
        const said = await readFile(join(stage.home.runtimeDir, 'web.log'), 'utf8');
        return said.includes('ended') ? said : null;
      });
      expect(log).toContain('<one two><a # b><it is $HOME><>');
      const shown = stdout + (await stage.mcp('web status')).stdout + (await stage.mcp('status --json')).stdout;
      expect(shown).toContain('bad token');
      expect(shown).not.toContain('hunter2');
    });
  });
});
