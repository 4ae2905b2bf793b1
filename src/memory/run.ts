import { problemSentence } from '../registry/problem.ts';
import { databaseFile, readTask, type Task, USAGE } from './command-line.ts';
import { exportTo, importFrom } from './portable.ts';
import { serveOverHttp, serveOverStdio } from './serve.ts';
import { storageProblem } from './sqlite-error.ts';
import { MemoryStore } from './store.ts';

const EXIT = { done: 0, failed: 1, wrongUse: 2 } as const;

/**
 * The program `memory-server`: serves, exports or imports, as the command line says.
 *
 * @returns the exit code, once the work is done or the serving was ended (see {@link serveOverHttp})
 */
export async function run(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  // A log that cannot be written to any more (full disk, closed pipe) is no reason to stop serving.
  process.stderr.on('error', () => {});
  let file = '';
  try {
    const task = readTask(argv, env);
    if (!task.ok) {
      say(problemSentence(task.problem));
      return EXIT.wrongUse;
    }
    file = databaseFile(env);
    await perform(task.value, file);
    return EXIT.done;
  } catch (error) {
    say(problemSentence(storageProblem(file, error)));
    return EXIT.failed;
  }
}

async function perform(task: Task, file: string): Promise<void> {
  if (task.kind === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  const incoming = task.kind === 'import' ? await importFrom(task.source) : [];
  const store = new MemoryStore(file, say);
  try {
    if (task.kind === 'http') await serveOverHttp(store, task, say);
    if (task.kind === 'stdio') await serveOverStdio(store, say);
    if (task.kind === 'export') await exportTo(task.target, await store.all());
    if (task.kind === 'import') {
      const added = await store.add(incoming);
      say(`imported ${added} memories; ${incoming.length - added} were there already`);
    }
  } finally {
    store.close();
  }
}

/** Everything a person is told goes to standard error: standard output carries the protocol or the export. */
function say(sentence: string): void {
  process.stderr.write(`memory-server: ${sentence}\n`);
}
