import type { Outcome, StartOptions, SupervisorApi } from '../supervisor/api.ts';
import { chooseServers } from './choose-servers.ts';
import { CommandError, orExit } from './command-error.ts';
import type { Context } from './context.ts';
import { look, running, steer, withEngine } from './engine.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { writeFirstRegistry } from './first-registry.ts';
import { INTERRUPTED, interruptible } from './interruptible.ts';
import { reportOutcomes } from './outcomes.ts';
import { showProgress } from './progress.ts';

export interface StartFlags {
  /** Milliseconds; null is the entry's own `health.startup`; 0 does not wait. */
  readonly waitMs: number | null;
  readonly env: Readonly<Record<string, string>>;
  /** Stay attached to the output until Ctrl-C, which stops the servers. */
  readonly foreground: boolean;
}

/** `mcp NAME… start` and `restart`. */
export async function start(
  context: Context,
  words: readonly string[],
  flags: StartFlags,
  action: 'start' | 'restart' = 'start',
): Promise<ExitCode> {
  await writeFirstRegistry(context);
  const { api, names } = await engineFor(context, words);
  return withEngine(api, async () => {
    const options: StartOptions = { waitMs: flags.waitMs, env: { ...wordsOfTheShell(context.env), ...flags.env } };
    if (flags.foreground) {
      const { late } = await import('./late.ts');
      return late.runInForeground(context, api, names, options);
    }
    const outcomes = await waitFor(context, api, names, () => api[action](names, options), flags.waitMs !== 0);
    return outcomes === INTERRUPTED ? tellWhatGoesOn(context, api, names) : reportOutcomes(context, outcomes);
  });
}

/** Starts servers and waits for each as long as its entry says; for commands that start what they found to be needed. */
export async function startNames(context: Context, names: readonly string[]): Promise<readonly Outcome[]> {
  return withEngine(await steer(context), async (api) => {
    const options: StartOptions = { waitMs: null, env: wordsOfTheShell(context.env) };
    const outcomes = await waitFor(context, api, names, () => api.start(names, options), true);
    if (outcomes !== INTERRUPTED) return outcomes;
    throw new CommandError(EXIT.interrupted, { what: 'interrupted; the supervisor goes on', next: 'mcp status' });
  });
}

/** `mcp NAME… stop`. Starts no supervisor: without one, what is left in the process table is stopped from here. */
export async function stop(context: Context, words: readonly string[]): Promise<ExitCode> {
  return withEngine(await look(context), async (api) => {
    const names = await chooseServers(context, words, await api.snapshot());
    const outcomes = await waitFor(context, api, names, () => api.stop(names), true);
    return outcomes === INTERRUPTED ? tellWhatGoesOn(context, api, names) : reportOutcomes(context, outcomes);
  });
}

async function waitFor(
  context: Context,
  api: SupervisorApi,
  names: readonly string[],
  work: () => Promise<readonly Outcome[]>,
  progress: boolean,
): Promise<readonly Outcome[] | typeof INTERRUPTED> {
  const endProgress = progress ? await showProgress(context, api, names) : () => {};
  try {
    return await interruptible(context.io, orExit(EXIT.unreachable, work()));
  } finally {
    endProgress();
  }
}

/** Words are checked before a supervisor is started for them. */
async function engineFor(context: Context, words: readonly string[]): Promise<{ api: SupervisorApi; names: string[] }> {
  const present = await running(context);
  if (present === null) {
    const names = await chooseServers(context, words, null);
    return { names, api: await steer(context) };
  }
  try {
    return { names: await namesKnownTo(present, context, words), api: present };
  } catch (error) {
    await present.close();
    throw error;
  }
}

/** A registry that was edited a moment ago is read again before a name counts as unknown. */
async function namesKnownTo(api: SupervisorApi, context: Context, words: readonly string[]): Promise<string[]> {
  const before = await api.snapshot();
  const known = new Set(['all', ...before.units.map(({ name }) => name)]);
  if (words.every((word) => known.has(word))) return chooseServers(context, words, before);
  await api.reload();
  return chooseServers(context, words, await api.snapshot());
}

/** The two variables people set for one run; the supervisor keeps them for this run only. */
function wordsOfTheShell({ DEBUG, LOG_LEVEL }: NodeJS.ProcessEnv): Record<string, string> {
  return { ...(DEBUG === undefined ? {} : { DEBUG }), ...(LOG_LEVEL === undefined ? {} : { LOG_LEVEL }) };
}

async function tellWhatGoesOn(context: Context, api: SupervisorApi, names: readonly string[]): Promise<ExitCode> {
  const { units } = await api.snapshot();
  const going = units.filter(({ name, state }) => names.includes(name) && GOES_ON.has(state));
  const what = going.map(({ name, state }) => `${name} is ${state}`).join(', ');
  context.note(`interrupted; the supervisor goes on${what === '' ? '' : `: ${what}`} → mcp status`);
  return EXIT.interrupted;
}

const GOES_ON: ReadonlySet<string> = new Set(['waiting', 'installing', 'starting', 'stopping', 'backoff']);
