import { appendFileSync, writeFileSync } from 'node:fs';
import { runCockpit } from '../../components/run.tsx';
import { StagedLogs, StagedSupervisor, stagedPort } from '../cockpit/staged.ts';

/**
 * The program that tests run in a real terminal: the cockpit over staged servers. Each turn of its clock makes the file `BEATS` one
 * byte longer, so that a stall can be seen from outside. The last line of mem0's log is long enough to fill a terminal's buffer
 * when it is copied through it.
 */
const api = new StagedSupervisor();
const logs = new StagedLogs();
logs.write('mem0', ['a line of mem0', `a long line ${'x'.repeat(40_000)}`]);
const { BEATS: beats, MODULES: modules, REGISTRY: registry = '/none.json' } = process.env;
if (beats !== undefined) setInterval(() => appendFileSync(beats, '.'), 20).unref();
// Not in Node's types: the parts of Node itself that were loaded so far.
if (modules !== undefined) {
  writeFileSync(modules, String(Reflect.get(process, 'moduleLoadList')));
  writeFileSync(`${modules}.fetch`, typeof fetch);
}
api.registry = { path: registry, problems: [], warnings: [] };
const port = stagedPort(api, logs, { env: process.env, registryPath: registry });
const { exitCode, afterword } = await runCockpit({ ...port, stdin: process.stdin, stdout: process.stdout });
for (const line of afterword) console.log(line);
process.exit(exitCode);
