import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../helpers/root.ts';
import { waitFor } from '../helpers/wait.ts';
import { quietPort } from './quiet-port.ts';
import { onStage, type Stage } from './stage.ts';

const TINY = `${process.execPath} ${join(root, 'test/fixtures/tiny-mcp.mjs')} http`;
const MIB = 1024 * 1024;
/** The whole gigabyte only where there is time for it. */
const FLOOD_MIB = process.env.MCP_CHAOS_FULL ? 1024 : 48;
const LINE_MIB = process.env.MCP_CHAOS_FULL ? 100 : 6;

/** What the log and its archives take up on the disk; holes do not count. */
async function diskUse({ home }: Stage, server: string): Promise<number> {
  const names = (await readdir(home.runtimeDir)).filter((name) => name.startsWith(`${server}.log`));
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(home.runtimeDir, name)).catch(() => ({ blocks: 0 }))).blocks * 512),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Nothing that a terminal would act upon, apart from colours. */
function expectHarmless(text: string): void {
  const withoutColours = text.replace(/\u001B\[[0-9;:]*m/g, '');
  expect(withoutColours.match(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g)).toBeNull();
}

describe.concurrent('output', () => {
  test.each([
    ['stdout and stderr', () => `exec 1>&- 2>&-; exec ${TINY}`],
    ['every descriptor it has', () => `exec 0<&- 1>&- 2>&- 3>&- 4>&- 5>&-; exec ${TINY}`],
  ])(
    'F25 a server that closes %s runs on, and its end is noticed: as a child and when adopted',
    async (_what, command) => {
      await onStage({ web: { command: command(), port: await quietPort() } }, async (stage) => {
        expect((await stage.mcp('web start')).code).toBe(0);
        process.kill((await stage.server('web')).pid ?? 0, 'SIGKILL');
        const second = await stage.until('web', ({ state, restarts }) => state === 'ready' && restarts === 1);
        await stage.killSupervisor();
        await stage.mcp('calm start');
        expect((await stage.until('web', 'ready')).pid).toBe(second.pid);
        process.kill(second.pid ?? 0, 'SIGKILL');
        await stage.until('web', ({ state, restarts }) => state === 'ready' && restarts === 2);
      });
    },
  );

  test(`F26 ${FLOOD_MIB} MiB at full speed: the log stays within its limits, commands are answered, the supervisor stays small`, async () => {
    const limits = { maxBytes: 2 * MIB, keep: 2 };
    const flood = `yes "$(printf '%0100d' 7)" | head -c ${FLOOD_MIB * MIB}; echo flood is over`;
    const web = { command: `(${flood}) & exec ${TINY}`, port: await quietPort() };
    await onStage(
      { web },
      async (stage) => {
        expect((await stage.mcp('web start')).code).toBe(0);
        expect((await stage.mcp('status', { guardMs: 10_000 })).code).toBe(0);
        await waitFor(
          'the flood to be over',
          async () => (await stage.mcp('web logs --no-follow -n 20')).stdout.includes('flood is over'),
          120_000,
        );
        const bound = limits.maxBytes * (limits.keep + 1) + MIB;
        await waitFor('the log to be within its limits', async () => (await diskUse(stage, 'web')) <= bound);
        const memory = await readFile(`/proc/${await stage.supervisorPid()}/status`, 'utf8');
        expect(Number(/VmHWM:\s+(\d+) kB/.exec(memory)?.[1])).toBeLessThan(200 * 1024);
        expect(await stage.server('web')).toMatchObject({ state: 'ready', restarts: 0 });
      },
      { settings: { log: limits } },
    );
  });

  test(`F27 noise: binary, NULs, broken UTF-8 and ${LINE_MIB} MiB without a newline are shown in bounds`, async () => {
    const noise = `head -c 300000 /dev/urandom; head -c ${LINE_MIB * MIB} /dev/zero | tr '\\0' x; head -c 50000 /dev/zero`;
    const command = `${noise}; printf '\\n\\377\\376 broken \\303( text \\342\\202\\n'; echo the end; exec ${TINY}`;
    await onStage({ web: { command, port: await quietPort() } }, async (stage) => {
      expect((await stage.mcp('web start')).code).toBe(0);
      const { code, stdout } = await stage.mcp('web logs --no-follow -n 200', { guardMs: 20_000 });
      expect(code).toBe(0);
      expectHarmless(stdout);
      const lines = stdout.split('\n');
      expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThan(17_000);
      const broken = lines.find((line) => line.includes(' broken '));
      expect(broken).toBe('\uFFFD\uFFFD broken \uFFFD( text \uFFFD');
      expect(lines).toContain('the end');
      await stage.until('web', 'ready');
    });
  });

  test('F28 escape sequences never reach the terminal: not from the log, not from the last words of a crash', async () => {
    const sequences = [
      '\\033]0;stolen title\\007',
      '\\033[2J\\033[H',
      '\\033[?1049h\\033[?1000h',
      '\\033]52;c;cm0gLXJmIC8=\\007',
      '\\033[c\\033[6n\\033P+q544e\\033\\\\',
      '\\302\\2331;1H',
      '\\a\\b\\f\\v',
    ].join(' between ');
    const words = `\\033[31mfatal error\\033[0m: ${sequences} done\\nprogress 1%%\\rprogress 2%%\\n`;
    const command = `printf '${words}' >&2; exit 3`;
    await onStage({ web: { command, port: await quietPort(), restart: { policy: 'never' } } }, async (stage) => {
      const shown = [await stage.mcp('web start')];
      await stage.until('web', 'crashed');
      for (const words of ['status', 'web status', 'status --json', 'web logs --no-follow', 'list'])
        shown.push(await stage.mcp(words, { env: { FORCE_COLOR: '1' } }));
      for (const { stdout, stderr } of shown) {
        expectHarmless(stdout);
        expectHarmless(stderr);
        expect(stdout).not.toMatch(/stolen title|cm0gLXJmIC8/);
      }
      expect(shown.map(({ stdout }) => stdout).join('')).toContain('fatal error');
    });
  });
});
