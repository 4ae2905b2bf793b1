import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolvePaths } from '../../src/registry/paths.ts';
import { connect, connectOrStart } from '../../src/supervisor/connect.ts';
import { openOffline } from '../../src/supervisor/open-here.ts';
import { freePort } from '../helpers/free-port.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { tinyHttp, tinyStdio } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';

let home: Home;
let webPid = 0;

/** A supervisor that started two servers and was then killed: the HTTP one lives on. */
beforeEach(async () => {
  home = await temporaryHome();
  await home.writeRegistry({ web: tinyHttp(await freePort(), ['child=1']), pipe: tinyStdio() });
  const api = await connectOrStart({ paths: paths(), env: { ...home.env } });
  const [web, pipe] = await api.start(['web', 'pipe'], { waitMs: null });
  webPid = web?.pid ?? 0;
  const { pid } = await api.info();
  process.kill(pid, 'SIGKILL');
  await waitFor('its end', async () => !(await isAlive(pid)));
  await waitFor('the end of what needed its pipes', async () => !(await isAlive(pipe?.pid ?? 0)));
  await api.close();
});

afterEach(() => home.close());

function paths() {
  const resolved = resolvePaths(home.env);
  if (!resolved.ok) throw new Error(resolved.problem.what);
  return resolved.value;
}

it('sees what runs unattended and starts no supervisor for it', async () => {
  const api = await openOffline({ paths: paths(), env: { ...home.env } });
  const { units, supervisor } = await api.snapshot();
  expect(supervisor.mode).toBe('none');
  expect(units.find(({ name }) => name === 'web')).toMatchObject({ state: 'ready', desired: 'running' });
  expect(units.find(({ name }) => name === 'pipe')).toMatchObject({ state: 'stopped', pid: null });
  await expect(api.start(['web'], { waitMs: null })).rejects.toThrow(/no supervisor is running/);
  expect(await connect({ paths: paths() })).toBeNull();
});

it('stops what runs unattended, the whole tree of it, and starts nothing', async () => {
  const listed: string[] = [];
  const api = await openOffline({ paths: paths(), env: { ...home.env } });
  await api.subscribe(({ type }) => listed.push(type));
  expect(await api.stop(['web'])).toMatchObject([{ name: 'web', ok: true, verb: 'stopped' }]);
  expect(await isAlive(webPid)).toBe(false);
  expect(listed).toEqual(['snapshot']);
  await waitFor('nothing to be left', async () => (await home.processes()).length === 0);
  expect(await connect({ paths: paths() })).toBeNull();
});

it('remembers that it was stopped: the next supervisor leaves it so', async () => {
  const api = await openOffline({ paths: paths(), env: { ...home.env } });
  await api.stop(['web']);
  const again = await connectOrStart({ paths: paths(), env: { ...home.env } });
  const { units } = await again.snapshot();
  expect(units.find(({ name }) => name === 'web')).toMatchObject({ state: 'stopped', desired: 'stopped' });
  await waitFor('the stdio server to come back', async () =>
    (await again.snapshot()).units.some(({ name, state }) => name === 'pipe' && state === 'ready'),
  );
  await again.shutdown({ all: true });
  await again.close();
});
