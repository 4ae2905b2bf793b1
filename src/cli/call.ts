import type { SupervisorApi } from '../supervisor/api.ts';
import { CommandError, orExit, wrongUse } from './command-error.ts';
import type { Context } from './context.ts';
import { steer, withEngine } from './engine.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { printResult } from './print-result.ts';
import { namesInRegistry } from './registry-names.ts';
import { type KnownTools, toolArguments, toolNamed } from './tool-arguments.ts';

export interface CallWords {
  readonly server: string;
  readonly tool: string;
  /** One JSON object, or `key=value` for each argument. */
  readonly args: readonly string[];
  /** Milliseconds; null = the entry's `limits.timeout`. */
  readonly timeoutMs: number | null;
  /** How the call is typed, up to the arguments. */
  readonly usage: string;
}

/**
 * `mcp SERVER call TOOL …`, `claude-mcp send`: one call, and what the tool answered. Wakes a server that sleeps.
 *
 * @throws CommandError for an unknown server or tool (3), arguments that are missing or of another type (2), and when there
 *   is no answer (1)
 */
export async function callTool(context: Context, words: CallWords): Promise<ExitCode> {
  const { server, tool, timeoutMs, usage } = words;
  const [name] = namesInRegistry(context.paths, [server], []);
  if (name !== server)
    throw wrongUse(`a tool belongs to one server, and ${server} is none`, `mcp ${server} tools shows whose it is`);
  // What nobody can read needs no server to say so.
  toolArguments(words.args, null, usage);
  return withEngine(await steer(context), async (api) => {
    const known = toolNamed(server, tool, await knownTools(api, server));
    const args = toolArguments(words.args, known, usage);
    const outcome = await orExit(EXIT.unreachable, api.call({ server, tool, args, timeoutMs }));
    if (!outcome.ok) throw new CommandError(EXIT.failed, outcome.problem);
    const { result, isError, latencyMs } = outcome;
    return printResult(context, { server, tool, result, isError, latencyMs });
  });
}

/** One that was never awake and is on its way is waited for. */
async function knownTools(api: SupervisorApi, server: string): Promise<KnownTools> {
  const look = async (): Promise<KnownTools> => {
    const [known] = await api.tools([server]);
    return known === undefined || known.takenAt === null ? null : known.tools;
  };
  const known = await look();
  if (known !== null) return known;
  const { units } = await api.snapshot();
  const unit = units.find(({ name }) => name === server);
  if (unit?.desired !== 'running' || unit.state === 'asleep') return null;
  await api.start([server], { waitMs: null });
  return look();
}
