import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHub } from '../../src/hub/hub.ts';
import { resolvePaths } from '../../src/registry/paths.ts';
import type { SupervisorApi, SupervisorEvent, UnitState, UnitView } from '../../src/supervisor/api.ts';
import { connectOrStart } from '../../src/supervisor/connect.ts';
import { openInProcess } from '../../src/supervisor/open-here.ts';
import { freePorts } from '../helpers/free-port.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { tinyHttp, tinyStdio } from '../helpers/tiny.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';

const implementations = {
  'in this process': openInProcess,
  'over the control socket': connectOrStart,
} as const;

/** Both implementations of SupervisorApi keep one contract: no view and no command can tell which one it has. */
describe.each(Object.entries(implementations))('the supervisor %s', (mode, open) => {
  let home: Home;
  let api: SupervisorApi;
  let ports: number[];

  beforeEach(async () => {
    home = await temporaryHome();
    ports = await freePorts(3);
    const [web = 0, sick = 0] = ports;
    await home.writeRegistry({
      web: tinyHttp(web, ['tools=5', 'child=1'], { name: 'A web server', env: { API_TOKEN: 'hunter2hunter2' } }),
      pipe: tinyStdio(),
      sick: tinyHttp(sick, ['exit=0:3']),
      broken: { command: 'x', transport: 'http', port: 'eighty' },
      far: {
        transport: 'remote',
        url: 'http://127.0.0.1:9/mcp',
        headers: { Authorization: 'Bearer ${NO_SUCH_TOKEN}' },
      },
    });
    const paths = resolvePaths(home.env);
    if (!paths.ok) throw new Error(paths.problem.what);
    api = await open({ paths: paths.value, env: { ...home.env }, openHub });
  });

  afterEach(async () => {
    await api.shutdown({ all: true }).catch(() => undefined);
    await api.close();
    const left = await waitFor('every process of this home to end', async () => {
      const pids = (await home.processes()).filter((pid) => pid !== process.pid);
      return pids.length === 0 ? 'none' : null;
    });
    expect(left).toBe('none');
    await home.close();
  });

  const unit = async (name: string): Promise<UnitView> => {
    const { units } = await api.snapshot();
    const found = units.find((candidate) => candidate.name === name);
    if (!found) throw new Error(`${name} is not in the snapshot`);
    return found;
  };
  const until = (name: string, state: UnitState) =>
    waitFor(`${name} to be ${state}`, async () => {
      const view = await unit(name);
      return view.state === state ? view : null;
    });

  it('shows every entry in the order of the file, the broken one blocked with its line', async () => {
    const { units, registry, supervisor } = await api.snapshot();
    expect(units.map(({ name }) => name)).toEqual(['web', 'pipe', 'sick', 'broken', 'far']);
    expect(units.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped', 'blocked', 'stopped']);
    expect(units[3]?.cause?.what).toMatch(/port/);
    expect(registry.path).toBe(home.registryPath);
    expect(supervisor.mode).toBe(mode === 'in this process' ? 'in-process' : 'detached');
  });

  it('starts a server, says so, and a second start finds it running', async () => {
    const [started] = await api.start(['web'], { waitMs: null });
    expect(started).toMatchObject({ ok: true, verb: 'started', state: 'ready', problem: null });
    const view = await unit('web');
    expect(view).toMatchObject({
      state: 'ready',
      desired: 'running',
      port: ports[0],
      toolCount: 5,
      title: 'A web server',
    });
    expect(view.pid).toBe(started?.pid);
    expect(await isAlive(view.pid ?? 0)).toBe(true);
    const [again] = await api.start(['web'], { waitMs: null });
    expect(again).toMatchObject({ ok: true, verb: 'already running', pid: view.pid });
  });

  it('stops the whole tree and leaves nothing', async () => {
    await api.start(['web'], { waitMs: null });
    const { processes } = await api.describe('web');
    expect(processes.length).toBeGreaterThanOrEqual(2);
    const [stopped] = await api.stop(['web']);
    expect(stopped).toMatchObject({ ok: true, verb: 'stopped', state: 'stopped' });
    for (const { pid } of processes) expect(await isAlive(pid)).toBe(false);
    expect(await api.stop(['web'])).toMatchObject([{ ok: true, verb: 'already stopped' }]);
  });

  it('restarts with another process', async () => {
    const [first] = await api.start(['web'], { waitMs: null });
    const [second] = await api.restart(['web'], { waitMs: null });
    expect(second).toMatchObject({ ok: true, verb: 'restarted', state: 'ready' });
    expect(second?.pid).not.toBe(first?.pid);
    expect(await isAlive(first?.pid ?? 0)).toBe(false);
  });

  it('holds a stdio server through its pipes and knows its tools', async () => {
    const [started] = await api.start(['pipe'], { waitMs: null });
    expect(started).toMatchObject({ ok: true, state: 'ready' });
    const tools = await waitFor('the catalog', async () => (await api.describe('pipe')).catalog?.tools);
    expect(tools.map(({ name }) => name)).toEqual(['tool_0', 'tool_1', 'tool_2']);
    expect((await unit('pipe')).era).toBe('legacy');
  });

  it('does not wait for a stdio server that has ended', async () => {
    const [web = 0] = ports;
    await home.writeRegistry({ pipe: tinyStdio(['exit=0:4']), web: tinyHttp(web) });
    const [failed] = await api.start(['pipe'], { waitMs: 20_000 });
    expect(failed).toMatchObject({ ok: false, verb: 'failed', problem: { what: 'exit 4' } });
  });

  it('starts a stdio server again when the first question ends it, in the older era and at no cost', async () => {
    await home.writeRegistry({ pipe: tinyStdio(['exit-on-discover=1']) });
    const [started] = await api.start(['pipe'], { waitMs: null });
    expect(started).toMatchObject({ ok: true, state: 'ready' });
    expect(await unit('pipe')).toMatchObject({ restarts: 0, era: 'legacy', cause: null });
  });

  it('reports a server that ends at once with its exit code and last words, and backs off', async () => {
    const [failed] = await api.start(['sick'], { waitMs: null });
    expect(failed).toMatchObject({ ok: false, verb: 'failed' });
    expect(failed?.problem).toMatchObject({ what: 'exit 3', why: 'Error: ending as told with 3' });
    const view = await until('sick', 'backoff');
    expect(view.retry?.attempt).toBeGreaterThanOrEqual(2);
    expect(view.retry?.max).toBe(10);
    expect(view.lastExit).toMatchObject({ code: 3 });
  });

  it('brings back a server that is killed from outside, and says what happened', async () => {
    const [started] = await api.start(['web'], { waitMs: null });
    process.kill(started?.pid ?? 0, 'SIGKILL');
    const back = await waitFor('another process', async () => {
      const view = await unit('web');
      return view.state === 'ready' && view.restarts === 1 ? view : null;
    });
    expect(back.pid).not.toBe(started?.pid);
    expect(back.lastExit?.text).toMatch(/killed by SIGKILL from outside/);
    const { history } = await api.describe('web');
    expect(history.map(({ kind }) => kind)).toContain('failed');
  });

  it('makes no request for a remote whose token is missing, and names the variable', async () => {
    const [outcome] = await api.start(['far'], { waitMs: null });
    expect(outcome).toMatchObject({ ok: false, state: 'needs-auth' });
    expect(outcome?.problem?.what).toContain('NO_SUCH_TOKEN');
    // Together with others it is told, but asking for all is not asking for credentials.
    const [, far] = await api.start(['web', 'far'], { waitMs: null });
    expect(far).toMatchObject({ ok: true, verb: 'needs-auth', state: 'needs-auth' });
  });

  it('says so when there is no such server', async () => {
    expect(await api.start(['nobody'], { waitMs: 0 })).toMatchObject([{ ok: false, verb: 'unknown' }]);
    expect(await api.stop(['nobody'])).toMatchObject([{ ok: false, verb: 'unknown' }]);
    await expect(api.describe('nobody')).rejects.toThrow(/no server is called nobody/);
  });

  it('never shows a secret', async () => {
    await api.start(['web'], { waitMs: null });
    const told = JSON.stringify([await api.snapshot(), await api.describe('web')]);
    expect(told).not.toContain('hunter2hunter2');
  });

  it('tells subscribers first everything, then what changed, and nothing after they left', async () => {
    const events: SupervisorEvent[] = [];
    const leave = await api.subscribe((event) => events.push(event));
    await waitFor('the first event', () => events.length > 0);
    expect(events[0]?.type).toBe('snapshot');
    await api.start(['web'], { waitMs: null });
    const states = () =>
      events
        .flatMap((event) => (event.type === 'units' ? event.units : []))
        .filter(({ name }) => name === 'web')
        .map(({ state }) => state);
    await waitFor('the ready event', () => states().includes('ready'));
    leave();
    await sleep(250);
    const heard = events.length;
    await api.stop(['web']);
    await sleep(250);
    expect(events.length).toBe(heard);
  });

  it('takes over an edited registry: new entries appear, changed ones ask for a restart, removed ones stay until they end', async () => {
    const [web = 0, , third = 0] = ports;
    await api.start(['web', 'pipe'], { waitMs: null });
    await home.writeRegistry({ web: tinyHttp(web, ['tools=6']), extra: tinyHttp(third) });
    await api.reload();
    const { units } = await api.snapshot();
    expect(units.map(({ name, state }) => [name, state])).toEqual([
      ['web', 'ready'],
      ['extra', 'stopped'],
      ['pipe', 'unconfigured'],
    ]);
    expect((await unit('web')).entryChanged).toBe(true);
    await api.restart(['web'], { waitMs: null });
    expect(await unit('web')).toMatchObject({ entryChanged: false });
    await waitFor('the new catalog', async () => (await unit('web')).toolCount === 6);
    await api.stop(['pipe']);
    expect((await api.snapshot()).units.map(({ name }) => name)).toEqual(['web', 'extra']);
  });

  it('a stop wins over a start that is under way', async () => {
    const starting = api.start(['web'], { waitMs: null });
    await api.stop(['web']);
    await starting;
    expect(await unit('web')).toMatchObject({ state: 'stopped', desired: 'stopped', pid: null });
  });

  it('waits for a start as long as it is told to, however long that is', async () => {
    const [web = 0] = ports;
    await home.writeRegistry({ web: tinyHttp(web, ['slow=300']) });
    const fiftyDays = 50 * 24 * 60 * 60 * 1000;
    expect(await api.start(['web'], { waitMs: fiftyDays })).toMatchObject([{ ok: true, state: 'ready' }]);
  });

  it('passes the variables of one start to that run only', async () => {
    const [web = 0] = ports;
    await home.writeRegistry({
      web: tinyHttp(web, [], { command: '/bin/sh', args: ['-c', 'echo "said=$GREETING"; exec sleep 1000'] }),
    });
    await api.start(['web'], { waitMs: 0, env: { GREETING: 'hello' } });
    const log = async () =>
      (await import('node:fs/promises')).readFile((await unit('web')).logPath, 'utf8').catch(() => '');
    await waitFor('the greeting', async () => (await log()).includes('said=hello'));
    expect(await api.restart(['web'], { waitMs: 0 })).toMatchObject([{ ok: true, verb: 'starting', pid: null }]);
    await waitFor('a run without it', async () => (await log()).split('said=').at(-1)?.startsWith('\n'));
  });
});
