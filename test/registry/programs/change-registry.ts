// Adds or removes servers in the registry of $HOME, one `updateRegistry` each: node change-registry.ts add|remove NAME…
import { addEntry, removeEntry } from '../../../src/registry/edit-registry.ts';
import { resolvePaths } from '../../../src/registry/paths.ts';
import { problemSentence } from '../../../src/registry/problem.ts';
import { updateRegistry } from '../../../src/registry/update-registry.ts';

const [verb, ...names] = process.argv.slice(2);
const paths = resolvePaths(process.env);
if (!paths.ok) throw new Error(problemSentence(paths.problem));
for (const name of names) {
  const updated = updateRegistry(paths.value, (text) =>
    verb === 'add'
      ? addEntry(text, name, { command: `serve ${name}`, tags: ['x'.repeat(200)] })
      : removeEntry(text, name),
  );
  process.stdout.write(updated.ok ? `${name}\n` : `${problemSentence(updated.problem)}\n`);
  if (!updated.ok) process.exitCode = 1;
}
