import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../registry/problem.ts';
import type { CallOutcome, Outcome, SupervisorApi } from '../../supervisor/api.ts';
import type { ServerVerb } from '../action.ts';
import type { CallCase } from '../calls/suite.ts';
import type { Effect, EffectMap, EffectType } from '../effect.ts';
import { modeOf } from '../state.ts';
import { plural } from '../text/quantity.ts';
import { tame } from '../text/tame.ts';
import { runningCount } from '../views/servers/commands.ts';
import { copyText } from './clipboard.ts';
import { editRegistry, takeBack } from './edit-registry.ts';
import { hasMask, keepCases, recordedCall } from './keep-cases.ts';
import { type Outside, problemOf } from './outside.ts';

type Perform = { readonly [T in EffectType]: (outside: Outside, effect: EffectMap[T]) => Promise<void> };

const COMMANDS: Readonly<
  Record<ServerVerb, (api: SupervisorApi, names: readonly string[]) => Promise<readonly Outcome[]>>
> = {
  start: (api, names) => api.start(names, { waitMs: null }),
  stop: (api, names) => api.stop(names),
  restart: (api, names) => api.restart(names, { waitMs: null }),
};

/** How long leaving waits for the supervisor to take note. */
const CLOSE_MS = 500;

const PERFORM: Perform = {
  command: async ({ connection, dispatch }, { work, verb, names }) => {
    try {
      const outcomes = await COMMANDS[verb](connection.api, names);
      dispatch({ type: 'command-answered', work, verb, outcomes, at: Date.now() });
    } catch (error) {
      dispatch({
        type: 'work-failed',
        work,
        problem: problemOf(error, `could not ${verb} ${names.join(', ')}`),
        at: Date.now(),
      });
    }
  },
  reload: async ({ connection, dispatch }, { work }) => {
    try {
      const { problems } = await connection.api.reload();
      dispatch({ type: 'work-ended', work });
      const text =
        problems.length === 0
          ? 'the registry was read again'
          : `the registry has ${plural(problems.length, 'problem')}`;
      dispatch({ type: 'told', level: problems.length === 0 ? 'info' : 'warn', text, server: null, at: Date.now() });
    } catch (error) {
      dispatch({ type: 'work-failed', work, problem: problemOf(error, 'could not read the registry'), at: Date.now() });
    }
  },
  copy: async ({ port, terminal, dispatch }, { text, what }) => {
    const route = await copyText(text, port.env, (sequence) => terminal.send(sequence));
    dispatch({ type: 'told', level: 'info', text: `copied ${what} ${route}`, server: null, at: Date.now() });
  },
  'write-log': async ({ port, dispatch }, { name, text, lines }) => {
    const file = join(port.saveFolder ?? process.cwd(), name);
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
    dispatch({
      type: 'told',
      level: 'info',
      text: `wrote ${plural(lines, 'line')} to ${file}`,
      server: null,
      at: Date.now(),
    });
  },
  'reload-logs': async ({ book }, { servers }) => book.reload(servers),
  edit: async ({ port, terminal, connection, dispatch }, { path, name }) => {
    const undo = await editRegistry(terminal, port.env, path, name);
    if (undo === null) return;
    dispatch({ type: 'registry-edited', undo });
    const { problems } = await connection.api.reload();
    const [first] = problems;
    const text =
      first === undefined ? 'the registry was changed; u takes it back' : `the registry was changed: ${first.what}`;
    dispatch({ type: 'told', level: first === undefined ? 'info' : 'warn', text, server: null, at: Date.now() });
  },
  undo: async ({ connection, dispatch }, { undo }) => {
    await takeBack(undo);
    dispatch({ type: 'undone', undo });
    dispatch({ type: 'told', level: 'info', text: `taken back: ${undo.label}`, server: null, at: Date.now() });
    await connection.api.reload();
  },
  call: async ({ connection, dispatch }, { work, server, tool, args }) => {
    const outcome = await connection.api
      .call({ server, tool, args, timeoutMs: null })
      .catch((error: unknown): CallOutcome => ({ ok: false, problem: problemOf(error, `could not call ${tool}`) }));
    dispatch({ type: 'tool-answered', work, outcome, at: Date.now() });
  },
  'accept-tools': async ({ connection, dispatch }, { server }) => {
    await connection.api.acceptTools(server);
    dispatch({ type: 'tools-changed' });
    const text = `the tools of ${server} are accepted as they are now`;
    dispatch({ type: 'told', level: 'info', text, server: null, at: Date.now() });
  },
  repeat: async ({ connection, dispatch }, { seq }) => {
    const made = await recordedCall(connection.api, seq);
    const [lists] = await connection.api.tools([made.server]);
    const tool = lists?.tools.find(({ name }) => name === made.tool);
    if (tool === undefined) throw new ProblemError({ what: `${made.server} has no tool ${tame(made.tool, 60)} now` });
    dispatch({ type: 'form-filled', server: made.server, tool, args: made.args });
    if (!hasMask(made.args)) return;
    const text = 'secrets were masked in the record: fill them in again';
    dispatch({ type: 'told', level: 'warn', text, server: null, at: Date.now() });
  },
  'keep-requests': async (outside, { seqs }) => {
    const cases: CallCase[] = [];
    for (const seq of seqs) cases.push(await recordedCall(outside.connection.api, seq));
    await keepCases(outside, cases);
  },
  'keep-case': (outside, { kept }) => keepCases(outside, [kept]),
  redraw: async ({ terminal }) => terminal.lend(async () => {}),
  suspend: async ({ terminal }) => terminal.lend(() => terminal.stopProcess()),
  leave: async (outside, { how }) =>
    how === 'stop-all' ? stopAll(outside) : detach(outside, how === 'interrupt' ? 130 : 0),
};

async function detach({ connection, state, finish }: Outside, exitCode: number): Promise<void> {
  const running = runningCount(state());
  const close = connection.close().catch(() => {});
  await Promise.race([close, new Promise((resolve) => setTimeout(resolve, CLOSE_MS).unref())]);
  const keep = `Detached: ${plural(running, 'server')} ${running === 1 ? 'keeps' : 'keep'} running. mcp looks again, mcp all stop stops them.`;
  const left = modeOf(state()) === 'in-process' || running === 0 ? [] : [keep];
  finish({ exitCode, afterword: left });
}

async function stopAll({ connection, state, dispatch, finish }: Outside): Promise<void> {
  const running = runningCount(state());
  connection.expectEnd();
  try {
    await connection.api.shutdown({ all: true });
    await connection.close().catch(() => {});
    finish({ exitCode: 0, afterword: [`Stopped ${plural(running, 'server')}; the supervisor has ended.`] });
  } catch (error) {
    dispatch({ type: 'leave-failed', problem: problemOf(error, 'could not stop everything'), at: Date.now() });
  }
}

/** Does what the reducer asked for. Whatever fails is told on screen; nothing is thrown. */
export async function perform<T extends EffectType>(outside: Outside, effect: Effect<T>): Promise<void> {
  try {
    await PERFORM[effect.type](outside, effect);
  } catch (error) {
    const { what, why } = problemOf(error, `${effect.type} failed`);
    outside.dispatch({
      type: 'told',
      level: 'error',
      text: why === undefined ? what : `${what}: ${why}`,
      server: null,
      at: Date.now(),
    });
  }
}
