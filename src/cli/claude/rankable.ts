import { serverEntrySchema } from '../../registry/entry.ts';
import { readRegistryFile } from '../../registry/read-registry.ts';
import type { Rankable } from '../../router/rank.ts';
import { readRouterConfig, routerConfigFile, WELL_KNOWN } from '../../router/router-config.ts';
import type { SupervisorApi, ToolView, UnitView } from '../../supervisor/api.ts';
import type { Context } from '../context.ts';
import { problemLine } from '../unit-text.ts';

/** What there is to rank: entries, the user's own words for them, and their tools, as far as they were ever seen. */
export interface Ranking {
  readonly servers: readonly Rankable[];
  readonly units: ReadonlyMap<string, UnitView>;
  /** What was wrong with the user's words; null when all is well. */
  readonly problem: string | null;
}

export async function rankableServers({ paths }: Context, api: SupervisorApi): Promise<Ranking> {
  const { config, problem } = readRouterConfig(routerConfigFile(paths));
  const { units } = await api.snapshot();
  const tools = new Map((await api.tools(null)).map((each) => [each.server, each.tools.map(toolText)]));
  const servers = readRegistryFile(paths.registryFile).entries.map(({ name, raw, entry: checked }): Rankable => {
    // An entry that cannot run still says what it is for.
    const entry = checked ?? serverEntrySchema.partial().safeParse(raw).data ?? {};
    const { description = '', tags = [], keywords, patterns = [] } = entry;
    return {
      name,
      title: entry.name ?? name,
      description,
      tags,
      keywords: [...(keywords ?? WELL_KNOWN.get(name) ?? []), ...(config.keywords.get(name) ?? [])],
      patterns: [...patterns, ...(config.patterns.get(name) ?? [])],
      tools: tools.get(name) ?? [],
    };
  });
  return {
    servers,
    units: new Map(units.map((unit) => [unit.name, unit])),
    problem: problem === null ? null : problemLine(problem),
  };
}

function toolText({ name, description }: ToolView): Rankable['tools'][number] {
  return { name, description: description ?? '' };
}
