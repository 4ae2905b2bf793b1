import { existsSync } from 'node:fs';
import { ensureRegistry } from '../registry/ensure-registry.ts';
import type { Context } from './context.ts';
import { isFree } from './port-is-free.ts';
import { isOurs } from './port-is-ours.ts';
import { problemLine } from './unit-text.ts';

/**
 * Writes the registry of defaults when there is none yet and says so. Where it cannot be written (a read-only home),
 * the command goes on without one: that is told, and is no reason not to look.
 */
export async function writeFirstRegistry({ paths, note }: Context): Promise<void> {
  if (existsSync(paths.registryFile)) return;
  const ensured = await ensureRegistry(paths, {
    // A supervisor that runs already holds the port of its own hub.
    isFree: async (port) => (await isFree(port)) || isOurs(paths, port),
  });
  if (!ensured.ok) return note(problemLine(ensured.problem));
  if (ensured.value.created) note(`wrote ${paths.registryFile}: three servers to begin with`);
  for (const warning of ensured.value.warnings) note(problemLine(warning));
}
