import { setTimeout as sleep } from 'node:timers/promises';
import {
  fillArguments,
  type MemoryAction,
  type MemoryRole,
  memoryName,
  memoryServer,
} from '../../registry/memory-roles.ts';
import { readRegistryFile } from '../../registry/read-registry.ts';
import type { SupervisorApi, UnitState } from '../../supervisor/api.ts';
import { CommandError } from '../command-error.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { writeFirstRegistry } from '../first-registry.ts';
import { namesInRegistry } from '../registry-names.ts';
import { multiLine, oneLine } from '../safe-text.ts';
import { formatTable } from '../table.ts';
import { callTool, resultText, withSupervisor } from './call.ts';
import type { MemoryJson } from './json-shapes.ts';
import { type MemoryLine, memoriesIn } from './memories.ts';

/** `claude-mcp memory save | search | list | forget`, by whichever server has the role. @param said text, query or id */
export async function memory(
  context: Context,
  action: MemoryAction,
  said: string,
  wanted: string | undefined,
): Promise<ExitCode> {
  await writeFirstRegistry(context);
  if (wanted !== undefined) namesInRegistry(context.paths, [wanted], []);
  return withSupervisor(context, async (api) => {
    const { name, role } = await keeper(context, api, action, wanted);
    const call = role[action];
    if (call === undefined) throw cannot(name, action);
    const values = { text: said, query: said, id: said, name: memoryName(said) };
    const { result, isError } = await callTool(api, name, call.tool, fillArguments(call.args, values));
    if (isError)
      throw new CommandError(EXIT.failed, { what: `${name}: ${oneLine(resultText(result)) || 'it failed'}` });
    const memories = action === 'search' || action === 'list' ? memoriesIn(result) : null;
    if (context.json) {
      const json: MemoryJson = { server: name, action, memories, text: resultText(result) };
      context.print(JSON.stringify(json, null, 2));
    } else if (memories === null) {
      context.print(multiLine(resultText(result)));
    } else {
      show(context, memories, action);
    }
    return EXIT.done;
  });
}

/** How long a server that is starting may take to say what tools it has. Milliseconds. */
const INTRODUCTION_MS = 30_000;

const ON_ITS_WAY: ReadonlySet<UnitState> = new Set(['starting', 'backoff', 'waiting', 'installing', 'ready']);

/** The server that keeps the memories, or the one that was named. */
async function keeper(
  { paths }: Context,
  api: SupervisorApi,
  action: MemoryAction,
  wanted: string | undefined,
): Promise<{ readonly name: string; readonly role: MemoryRole }> {
  const { entries } = readRegistryFile(paths.registryFile);
  const chosen = entries.filter(({ name }) => wanted === undefined || name === wanted);
  const names = chosen.map(({ name }) => name);
  const deadline = performance.now() + INTRODUCTION_MS;
  for (;;) {
    const known = await api.tools(names);
    const tools = new Map(known.map((each) => [each.server, each.tools.map(({ name }) => name)]));
    const found = memoryServer(
      chosen.map(({ name, entry }) => ({ name, role: entry?.roles?.memory, tools: tools.get(name) ?? [] })),
    );
    // One that is just starting may turn out to be the one, or to have the tool that its entry does not name.
    const isComing = known.some(({ state, takenAt }) => takenAt === null && ON_ITS_WAY.has(state));
    if (found?.role[action] || ((!isComing || performance.now() > deadline) && found !== null)) return found;
    if (!isComing || performance.now() > deadline) break;
    await sleep(100);
  }
  throw new CommandError(EXIT.notFound, {
    what: wanted === undefined ? 'no server keeps memories' : `${wanted} keeps no memories, as far as is known`,
    next: 'say which tools do it in the entry: "roles": {"memory": {"save": {"tool": "…", "args": {"text": "${text}"}}, …}}',
  });
}

function cannot(name: string, action: MemoryAction): CommandError {
  return new CommandError(EXIT.failed, {
    what: `${name} has no tool to ${action} ${action === 'list' ? 'memories' : 'a memory'}`,
    next: `name one in its entry: "roles": {"memory": {"${action}": {"tool": "…"}}}`,
  });
}

function show(context: Context, memories: readonly MemoryLine[], action: MemoryAction): void {
  if (memories.length === 0) {
    context.note(action === 'search' ? 'nothing found' : 'no memories yet → claude-mcp memory save "text"');
    return;
  }
  const columns = [{ title: 'ID' }, { title: 'SINCE' }, { title: 'MEMORY' }];
  const rows = memories.map(({ id, text, createdAt }) => ({
    cells: [
      { text: oneLine(id), role: 'muted' as const },
      { text: createdAt === null ? '-' : oneLine(createdAt.slice(0, 10)), role: 'muted' as const },
      { text: oneLine(text) },
    ],
  }));
  for (const line of formatTable(columns, rows, context.paint)) context.print(line);
}
