import { mkdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { outcomesShape } from '../../src/cli/json-shapes.ts';
import { readStat } from '../../src/supervisor/process/identity.ts';
import { needs } from '../helpers/require.ts';
import { root } from '../helpers/root.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { commandLineOf, nonceHolders } from './oracle.ts';
import { requireProgram } from './programs.ts';
import { quietPort } from './quiet-port.ts';
import { onStage, type Stage } from './stage.ts';

const TINY = join(root, 'test/fixtures/tiny-mcp.mjs');
const NODE = process.execPath;

async function stop(stage: Stage, name: string) {
  const { code, stdout } = await stage.mcp(`${name} stop --json`);
  const [outcome] = outcomesShape.parse(JSON.parse(stdout)).outcomes;
  if (!outcome) throw new Error('a stop without an outcome');
  return { code, ...outcome };
}

const tree = async (stage: Stage, name: string) => (await (await stage.api()).describe(name)).processes;

/** Everything of it is gone at the moment the command returns. */
async function expectGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) expect(await isAlive(pid), `pid ${pid}`).toBe(false);
}

describe.concurrent('stopping', () => {
  test('F20 a server that ignores SIGTERM: the time of SIGKILL is shown, kept, and told afterwards', async () => {
    const web = tinyHttp(await quietPort(), ['ignore-term=1'], { stop: { grace: '900ms' } });
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      const pids = (await tree(stage, 'web')).map((process) => process.pid);
      const stopping = stop(stage, 'web');
      const seen = await stage.until('web', ({ killAt }) => killAt !== null);
      expect(seen.state).toBe('stopping');
      expect(seen.killAt ?? 0).toBeGreaterThanOrEqual(seen.stateSince + 890);
      const { code, ok, signalled } = await stopping;
      expect({ code, ok }).toEqual({ code: 0, ok: true });
      expect(Date.now()).toBeGreaterThanOrEqual(seen.killAt ?? 0);
      await expectGone(pids);
      expect(signalled.filter((each) => each.pid === pid).map(({ signal }) => signal)).toEqual(['SIGTERM', 'SIGKILL']);
      expect((await stage.server('web')).lastExit?.text).toMatch(/SIGKILL after the grace time|stopped by|exit/);
    });
  });

  test('F20 the stop signal and the grace time of the entry count', async () => {
    const web = tinyHttp(await quietPort(), ['ignore-term=1', 'exit-on-usr1=0'], { stop: { signal: 'SIGUSR1' } });
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      const { signalled } = await stop(stage, 'web');
      expect(new Set(signalled.map(({ signal }) => signal))).toEqual(new Set(['SIGUSR1']));
    });
  });

  test('F21 a leader that ends on SIGTERM while its child does not: stopped is said when the child is gone too', async () => {
    const command = `${NODE} ${TINY} http ignore-term=1 & sleep 100000`;
    await onStage({ web: { command, port: await quietPort(), stop: { grace: '500ms' } } }, async (stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      const processes = await tree(stage, 'web');
      expect(processes).toHaveLength(3);
      const { signalled } = await stop(stage, 'web');
      await expectGone(processes.map((process) => process.pid));
      expect(signalled).toContainEqual({ pid, signal: 'SIGKILL' });
    });
  });

  test('F22 daemons that left the session are shown as part of the tree, and a stop ends them too', async () => {
    await onStage({ web: tinyHttp(await quietPort(), ['daemon=1', 'child=1']) }, async (stage) => {
      await stage.mcp('web start');
      const { pid } = await stage.server('web');
      const processes = await tree(stage, 'web');
      const sessions = new Set(processes.map((process) => readStat(process.pid)?.sid));
      expect(sessions.size, 'one of them is in a session of its own').toBe(2);
      expect((await stage.mcp('web status')).stdout).toContain('sleep 100000');
      const { signalled } = await stop(stage, 'web');
      await expectGone(processes.map((process) => process.pid));
      expect(new Set(signalled.map((each) => each.pid))).toEqual(new Set(processes.map((process) => process.pid)));
      expect(pid).not.toBeNull();
    });
  });

  test.skipIf(needs('setsid') !== null)(
    'F22 a launcher that puts the server into the background and ends: nothing of it stays, and the cause says so',
    async () => {
      const command = `setsid ${NODE} ${TINY} http & exit 0`;
      const restart = { backoff: { initial: '10ms' } };
      await onStage({ web: { command, port: await quietPort(), restart } }, async (stage) => {
        expect((await stage.mcp('web start')).code).toBe(1);
        const crashed = await stage.until('web', 'crashed');
        expect(crashed.cause?.why).toContain('puts itself in the background');
        expect((await nonceHolders(stage.home.runtimeDir)).size).toBe(1);
      });
    },
  );

  test('F24 two hundred children and then a crash: all are swept before the server is back, and commands are answered meanwhile', async () => {
    const command = `i=0; while [ $i -lt 200 ]; do sleep 100000 & i=$((i+1)); done; ${NODE} ${TINY} http`;
    await onStage({ web: { command, port: await quietPort() } }, async (stage) => {
      expect((await stage.mcp('web start')).code).toBe(0);
      const { pid } = await stage.server('web');
      const before = (await tree(stage, 'web')).map((process) => process.pid);
      expect(before).toHaveLength(202);
      process.kill(pid ?? 0, 'SIGKILL');
      expect((await stage.mcp('status', { guardMs: 10_000 })).code).toBe(0);
      await stage.until('web', ({ state, restarts }) => state === 'ready' && restarts === 1);
      await expectGone(before);
      expect(await tree(stage, 'web')).toHaveLength(202);
    });
  });
});

describe.concurrent('wrappers', () => {
  const script = (port: string) => `exec ${NODE} ${TINY} http ${port}`;
  /** Each runs the server some levels below itself, in a folder that is an npm package with this server as its program. */
  const wrappers: readonly (readonly [string, string, string | null])[] = [
    ['sh', `sh -c '${NODE} ${TINY} http; true'`, null],
    ['two shells', `bash -c "sh -c '${NODE} ${TINY} http; true'; true"`, null],
    ['npm start', 'npm start', 'npm'],
    ['npx', 'npx --no-install tiny', 'npm'],
    ['a wrapper that forwards signals, as uv does', `${NODE} forward.mjs`, null],
    ['pnpm', 'pnpm start', 'pnpm'],
    ['uv', 'uv run --no-project tiny.py', 'uv'],
  ];

  test.for(wrappers)(
    'F23 %s: the pid is that of the real server, and a stop leaves nothing',
    async ([, command, tool], context) => {
      if (tool !== null) await requireProgram(context, tool);
      await onStage({}, async (stage) => {
        const path = join(stage.home.dir, 'package');
        await mkdir(join(path, 'node_modules/.bin'), { recursive: true });
        const manifest = { name: 'wrapped', version: '1.0.0', scripts: { start: `${NODE} ${TINY} http` } };
        await writeFile(join(path, 'package.json'), JSON.stringify(manifest));
        await writeFile(join(path, 'node_modules/.bin/tiny'), `#!/bin/sh\n${script('')}\n`, { mode: 0o755 });
        await writeFile(join(path, 'forward.mjs'), FORWARD);
        await stage.register({ web: { command, path, port: await quietPort() } });
        const started = await stage.mcp('web start');
        expect(started.code, started.stdout).toBe(0);
        const { pid } = await stage.server('web');
        expect(await commandLineOf(pid ?? 0)).toContain(`${TINY} http`);
        expect(await readlink(`/proc/${pid}/exe`)).toBe(await readlink(`/proc/${process.pid}/exe`));
        const processes = await tree(stage, 'web');
        expect(processes.length).toBeGreaterThanOrEqual(2);
        expect((await stop(stage, 'web')).ok).toBe(true);
        await expectGone(processes.map((process) => process.pid));
        await waitFor('nothing of it to be left', async () => (await nonceHolders(stage.home.runtimeDir)).size === 1);
      });
    },
  );
});

const FORWARD = `
import { spawn } from 'node:child_process';
const child = spawn(process.execPath, [${JSON.stringify(TINY)}, 'http'], { stdio: 'inherit' });
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
`;
