import { CatalogCache } from '../hub/back/catalog-cache.ts';
import { toolView } from '../hub/tool-view.ts';
import { readRegistryFile } from '../registry/read-registry.ts';
import { resolveEntry } from '../registry/resolve-entry.ts';
import type { ServerTools, UnitView } from '../supervisor/api.ts';
import { findInstallation } from '../supervisor/installation.ts';
import type { Context } from './context.ts';

/** The tools that servers offered when they were last awake, read from disk: for when nobody supervises. */
export function rememberedTools(
  { paths, env }: Pick<Context, 'paths' | 'env'>,
  units: readonly UnitView[],
): readonly ServerTools[] {
  const { entries } = readRegistryFile(paths.registryFile);
  const of = new Map(entries.map(({ name, entry }) => [name, entry]));
  const where = { paths, env, node: process.execPath, cockpit: findInstallation().root };
  const cache = new CatalogCache(paths.runtimeDir, (name) => {
    const entry = of.get(name);
    const resolved = entry ? resolveEntry(name, entry, where) : null;
    return resolved?.ok ? resolved.value.hash : null;
  });
  return units.map(({ name, state }) => {
    const offer = cache.offer(name);
    const items = offer?.lists.tools.items ?? [];
    const drifted = cache.drifted(name, items);
    const switchedOff = new Set<unknown>(of.get(name)?.tools?.disabled);
    const tools = items.map((tool) =>
      toolView(tool, switchedOff.has(tool.name) ? 'entry' : null, drifted.has(String(tool.name))),
    );
    return { server: name, state, tools, takenAt: offer?.takenAt ?? null };
  });
}
