import type { ServerTools, SupervisorApi, ToolView, UnitView } from '../supervisor/api.ts';
import { chooseServers } from './choose-servers.ts';
import type { Context } from './context.ts';
import { look, withEngine } from './engine.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { ToolsJson } from './json-shapes.ts';
import { oneLine } from './safe-text.ts';

/** `mcp tools`, `mcp SERVER tools`: what servers offer, from memory where they do not run. Starts nothing. */
export async function tools(context: Context, words: readonly string[]): Promise<ExitCode> {
  return withEngine(await look(context), async (api) => {
    const snapshot = await api.snapshot();
    const names = await chooseServers(context, words.length === 0 ? ['all'] : words, snapshot);
    const units = snapshot.units.filter(({ name }) => names.includes(name));
    const servers = await toolsOf(context, api, units, snapshot.supervisor.mode === 'none');
    if (context.json) context.print(JSON.stringify(toolsJson(servers), null, 2));
    else for (const line of servers.flatMap((server) => lines(context, server))) context.print(line);
    return EXIT.done;
  });
}

/** The same for a program that asks. */
export async function knownTools(context: Context, names: readonly string[]): Promise<readonly ServerTools[]> {
  return withEngine(await look(context), async (api) => {
    const { units, supervisor } = await api.snapshot();
    const asked = units.filter(({ name }) => names.includes(name));
    return toolsOf(context, api, asked, supervisor.mode === 'none');
  });
}

async function toolsOf(
  { paths, env }: Context,
  api: SupervisorApi,
  units: readonly UnitView[],
  offline: boolean,
): Promise<readonly ServerTools[]> {
  if (!offline) return await api.tools(units.map(({ name }) => name));
  const { late } = await import('./late.ts');
  return late.rememberedTools({ paths, env }, units);
}

function lines({ paint }: Context, { server, state, tools: all, takenAt }: ServerTools): string[] {
  const title = `${paint(server, 'strong')} ${paint(`(${state})`, 'muted')}`;
  if (takenAt === null) return [`${title}: not known yet → mcp ${server} start`];
  if (all.length === 0) return [`${title}: no tools`];
  const width = Math.max(...all.map(({ name }) => oneLine(name).length));
  const row = (tool: ToolView): string => {
    const name = paint(oneLine(tool.name).padEnd(width), tool.disabled === null ? undefined : 'muted');
    const notes = [tool.disabled && NOTES[tool.disabled], tool.changed && !tool.disabled && 'changed'].filter(Boolean);
    const about = notes.length > 0 ? [paint(`[${notes.join(', ')}]`, 'warn')] : [];
    return ['  ', [name, ...about, signature(tool), firstSentence(tool)].filter((part) => part !== '').join('  ')].join(
      '',
    );
  };
  return [title, ...all.map(row)];
}

const NOTES = { entry: 'switched off', drift: 'changed, held back' } as const;

/** `city, [days]`: what a call needs, and what it may be given. */
function signature({ inputSchema: { properties, required } }: ToolView): string {
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  const sorted = [...names.filter((name) => needed.includes(name)), ...names.filter((name) => !needed.includes(name))];
  return `(${sorted.map((name) => (needed.includes(name) ? oneLine(name) : `[${oneLine(name)}]`)).join(', ')})`;
}

const LONGEST = 100;

function firstSentence({ description, title }: ToolView): string {
  const text = oneLine(description ?? title ?? '');
  const sentence = /^.*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;
  return sentence.length > LONGEST ? `${sentence.slice(0, LONGEST - 1)}…` : sentence;
}

function toolsJson(servers: readonly ServerTools[]): ToolsJson {
  return {
    servers: servers.map(({ server, state, tools: all, takenAt }) => ({
      server,
      state,
      takenAt: takenAt === null ? null : new Date(takenAt).toISOString(),
      tools: all.map((tool) => ({ ...tool })),
    })),
  };
}
