import type { ServerTools, ToolView } from '../../../supervisor/api.ts';
import { paneOf } from '../../frame/layout.ts';
import { remembered } from '../../remembered.ts';
import type { State } from '../../state.ts';
import { allWords } from '../../text/all-words.ts';
import { tame } from '../../text/tame.ts';

/** One row: a server, or a tool of it. */
export type ToolRow =
  | { readonly kind: 'server'; readonly of: ServerTools; readonly shown: number }
  | { readonly kind: 'tool'; readonly key: string; readonly server: string; readonly tool: ToolView };

/** Servers have no line breaks in their names. */
export const toolKey = (server: string, tool: string): string => `${server}\n${tool}`;

const searchable = (server: string, { name, title, description }: ToolView): string =>
  [server, name, title, description].join(' ');

/** All rows with the filter applied, servers without a match left out. */
export const toolRows = remembered(
  ({ tools }: State) => [tools.servers, tools.filter],
  ({ tools: { servers, filter } }: State): readonly ToolRow[] => {
    const matches = allWords(filter);
    return servers.flatMap((of): readonly ToolRow[] => {
      const { server } = of;
      const tools = matches === null ? of.tools : of.tools.filter((tool) => matches(searchable(server, tool)));
      if (matches !== null && tools.length === 0) return [];
      const rows = tools.map((tool): ToolRow => ({ kind: 'tool', key: toolKey(server, tool.name), server, tool }));
      return [{ kind: 'server', of, shown: tools.length }, ...rows];
    });
  },
);

/** Of the tools that a search left, the first whose name is what was searched; null where only descriptions mention it. */
export function namedTool(state: State): string | null {
  const matches = allWords(state.tools.filter);
  const named = toolRows(state).find((row) => row.kind === 'tool' && matches?.(`${row.server} ${row.tool.name}`));
  return named?.kind === 'tool' ? named.key : null;
}

const placesOf = remembered(
  (rows: readonly ToolRow[]) => [rows],
  (rows) => new Map(rows.flatMap((row, place) => (row.kind === 'tool' ? [[row.key, place] as const] : []))),
);

/** The rows that can be selected, by key. */
export const toolPlaces = (state: State): ReadonlyMap<string, number> => placesOf(toolRows(state));

export function selectedTool(state: State): (ToolRow & { readonly kind: 'tool' }) | null {
  const place = toolPlaces(state).get(state.tools.selected ?? '');
  const row = place === undefined ? undefined : toolRows(state)[place];
  return row?.kind === 'tool' ? row : null;
}

export function toolOf({ tools: { servers } }: State, server: string, name: string): ToolView | null {
  return servers.find((one) => one.server === server)?.tools.find((tool) => tool.name === name) ?? null;
}

/** Rows in sight. */
export const toolsHeight = (state: State): number => Math.max(1, paneOf(state, 'tools').height);

export const toolCount = ({ tools: { servers } }: State): number =>
  servers.reduce((sum, { tools }) => sum + tools.length, 0);

/** Why a tool cannot be called; null when it can. */
export function heldBack({ name, disabled }: ToolView): string | null {
  if (disabled === 'entry') return `${tame(name, 60)} is switched off in the entry (tools.disabled)`;
  return disabled === 'drift' ? `${tame(name, 60)} is held back: its definition changed, A accepts it` : null;
}

export const isReadOnly = ({ annotations }: ToolView): boolean => annotations?.readOnlyHint === true;
export const isDestructive = ({ annotations }: ToolView): boolean => annotations?.destructiveHint === true;
