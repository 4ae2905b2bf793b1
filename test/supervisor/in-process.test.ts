import { afterEach, beforeEach, expect, it } from 'vitest';
import { openHub } from '../../src/hub/hub.ts';
import { resolvePaths } from '../../src/registry/paths.ts';
import { connect } from '../../src/supervisor/connect.ts';
import { openInProcess } from '../../src/supervisor/open-here.ts';
import { freePort } from '../helpers/free-port.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { tinyHttp } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';

let home: Home;

beforeEach(async () => {
  home = await temporaryHome();
  await home.writeRegistry({ web: tinyHttp(await freePort()) });
});

afterEach(() => home.close());

function options() {
  const paths = resolvePaths(home.env);
  if (!paths.ok) throw new Error(paths.problem.what);
  return { paths: paths.value, env: { ...home.env }, openHub };
}

it('answers commands in other terminals while it supervises from inside a cockpit', async () => {
  const api = await openInProcess(options());
  const started = await home.run('mcp', ['web', 'start']);
  expect(started.code).toBe(0);
  const [unit] = (await api.snapshot()).units;
  expect(unit).toMatchObject({ name: 'web', state: 'ready' });
  const status = await home.run('mcp', ['supervisor', 'status']);
  expect(status.stdout).toContain(`pid ${process.pid}`);
  await api.shutdown({ all: true });
});

it('is not alone: where a supervisor runs, that one is attached to', async () => {
  await home.run('mcp', ['web', 'start']);
  const api = await openInProcess(options());
  const { mode, pid } = await api.info();
  expect(mode).toBe('detached');
  expect(pid).not.toBe(process.pid);
  await api.shutdown({ all: true });
  await api.close();
});

it('leaves HTTP servers running when it goes, and the next command adopts them', async () => {
  const api = await openInProcess(options());
  const [web] = await api.start(['web'], { waitMs: null });
  await api.close();
  await waitFor('the socket to be gone', async () => (await connect({ paths: options().paths })) === null);
  expect(await isAlive(web?.pid ?? 0)).toBe(true);
  const again = await home.run('mcp', ['web', 'start']);
  expect(again.stdout).toContain(`already running, pid ${web?.pid}`);
  const stopped = await home.run('mcp', ['supervisor', 'stop', '--all']);
  expect(stopped.code).toBe(0);
});

it('answers a stop that it cannot finish any more, and is silent afterwards', async () => {
  const stubborn = tinyHttp(await freePort(), ['ignore-term=1'], { stop: { grace: '700ms' } });
  await home.writeRegistry({ stubborn });
  const api = await openInProcess(options());
  const [started] = await api.start(['stubborn'], { waitMs: null });
  const stopped = api.stop(['stubborn']);
  await waitFor('SIGKILL to be announced', async () => (await api.snapshot()).units[0]?.killAt);
  await api.close();
  expect(await stopped).toMatchObject([{ ok: false, verb: 'stopping' }]);
  // The termination goes on by itself; a write to the closed journal would be an unhandled rejection, which fails the run.
  await waitFor('the server to be gone', async () => !(await isAlive(started?.pid ?? 0)));
});
