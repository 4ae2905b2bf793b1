// Writes the default registry of $HOME if there is none, as soon as standard input is closed, and says who did it.
import { ensureRegistry } from '../../../src/registry/ensure-registry.ts';
import { resolvePaths } from '../../../src/registry/paths.ts';

const paths = resolvePaths(process.env);
if (!paths.ok) throw new Error(paths.problem.what);
process.stdout.write('ready\n');
for await (const _ of process.stdin);
const ensured = await ensureRegistry(paths.value, { isFree: async () => true });
process.stdout.write(`${ensured.ok ? `created: ${ensured.value.created}` : ensured.problem.what}\n`);
