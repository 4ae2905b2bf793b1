import { setTimeout as sleep } from 'node:timers/promises';
import type { Desired } from '../../src/supervisor/api.ts';
import { temporaryHome } from '../helpers/home.ts';
import { isAlive, waitFor } from '../helpers/wait.ts';
import { type Herd, makeHerd } from './herd.ts';
import { innocent } from './innocent.ts';
import type { Random } from './random.ts';

/** The reference: what a person wants of each server. A command that nobody answered may or may not have counted. */
type Model = Map<string, ReadonlySet<Desired>>;

type Operation = (herd: Herd, model: Model, random: Random) => Promise<string>;

const COMMANDS = ['start', 'stop', 'restart'] as const;
const WISH = { start: 'running', restart: 'running', stop: 'stopped' } as const;
/** How long a command is under way, at most, before its supervisor is killed (milliseconds). */
const LATEST_MS = 150;

const command: Operation = async (herd, model, random) => {
  const [verb, names] = [random.pick(COMMANDS), random.some(herd.names)];
  const api = await herd.supervisor();
  const outcomes = await (verb === 'stop' ? api.stop(names) : api[verb](names, { waitMs: 0 }));
  for (const { name } of outcomes) model.set(name, new Set([WISH[verb]]));
  return `${verb} ${names.join(' ')}`;
};

const race: Operation = async (herd, model, random) => {
  const name = random.pick(herd.names);
  const verbs = [random.pick(COMMANDS), random.pick(COMMANDS), random.pick(COMMANDS)];
  const api = await herd.supervisor();
  await Promise.all(verbs.map((verb) => (verb === 'stop' ? api.stop([name]) : api[verb]([name], { waitMs: 0 }))));
  const last = verbs.at(-1) ?? 'start';
  model.set(name, new Set([WISH[last]]));
  return `${verbs.join(' + ')} ${name}`;
};

const killOne: Operation = async (herd, _model, random) => {
  const name = random.pick(herd.names);
  const pids = await herd.pidsOf(name);
  if (pids.length === 0) return `nothing of ${name} to kill`;
  const pid = random.pick(pids);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
  return `kill -9 ${pid} of ${name}`;
};

const killSupervisor: Operation = async (herd) => {
  await herd.killSupervisor();
  return 'kill -9 the supervisor';
};

const killInCommand: Operation = async (herd, model, random) => {
  const [verb, names] = [random.pick(COMMANDS), random.some(herd.names)];
  const api = await herd.supervisor();
  const answered = (verb === 'stop' ? api.stop(names) : api[verb](names, { waitMs: 0 })).then(
    () => true,
    () => false,
  );
  await sleep(random.next() * LATEST_MS);
  await herd.killSupervisor();
  const counted = await answered;
  for (const name of names) {
    const before = counted ? [] : (model.get(name) ?? []);
    model.set(name, new Set([...before, WISH[verb]]));
  }
  return `kill -9 the supervisor during ${verb} ${names.join(' ')} (${counted ? 'answered' : 'not answered'})`;
};

const OPERATIONS = [command, command, command, race, killOne, killOne, killSupervisor, killInCommand];
/** Operations between two looks at everything. */
const LOOK_EVERY = 5;

/**
 * Random commands, crashes and deaths of the supervisor against a model of what was wanted. Every few operations all
 * must be as wanted: a wanted server ready in exactly one launch, an unwanted one gone, and no process unknown.
 *
 * @throws Error with the last operations before the state that contradicts the model
 */
export async function randomOperations(count: number, random: Random): Promise<void> {
  await using home = await temporaryHome();
  using bystander = innocent();
  const herd = await makeHerd(home);
  const model: Model = new Map(herd.names.map((name) => [name, new Set<Desired>(['stopped'])]));
  const done: string[] = [];
  try {
    for (let step = 1; step <= count; step++) {
      done.push(await random.pick(OPERATIONS)(herd, model, random));
      if (step % LOOK_EVERY === 0 || step === count) await look(herd, model);
    }
    const api = await herd.supervisor();
    await api.stop(herd.names);
    await api.shutdown({ all: false });
    await waitFor('every process of this home to end', async () => (await home.processes()).length === 0);
    if (!(await isAlive(bystander.pid))) throw new Error('an innocent process was killed');
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(`after ${done.length} operations, the last being\n  ${done.slice(-12).join('\n  ')}\n${text}`);
  }
}

async function look(herd: Herd, model: Model): Promise<void> {
  await herd.settle((name, { state, desired }) => {
    const possible = model.get(name);
    if (possible?.has(desired) !== true) return false;
    return desired === 'running' ? state === 'ready' : state === 'stopped';
  });
  const { units } = await (await herd.supervisor()).snapshot();
  for (const { name, desired } of units) model.set(name, new Set([desired]));
  const lost = await herd.lost();
  if (lost.length > 0) throw new Error(`no record knows of ${lost.join(', ')}`);
}
