import type { SupervisorApi } from '../../supervisor/api.ts';
import { CommandError, orExit } from '../command-error.ts';
import type { Context } from '../context.ts';
import { steer, withEngine } from '../engine.ts';
import { EXIT } from '../exit-codes.ts';

/** What a tool answered, as the server sent it. */
export interface Answer {
  readonly result: Readonly<Record<string, unknown>>;
  /** The tool itself says that it failed. */
  readonly isError: boolean;
}

/**
 * Calls a tool through the hub, which wakes a server that sleeps.
 *
 * @throws CommandError when there is no answer: the server is stopped, unknown, or failed
 */
export async function callTool(
  api: SupervisorApi,
  server: string,
  tool: string,
  args: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const outcome = await orExit(EXIT.unreachable, api.call({ server, tool, args, timeoutMs: null }));
  if (!outcome.ok) throw new CommandError(EXIT.failed, outcome.problem);
  return { result: outcome.result, isError: outcome.isError };
}

/** Work with the supervisor, which is started when there is none. */
export async function withSupervisor<T>(context: Context, work: (api: SupervisorApi) => Promise<T>): Promise<T> {
  return withEngine(await steer(context), work);
}

/** What a result says to people: its texts, and a word for whatever is no text. */
export function resultText({ content }: Answer['result']): string {
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  return parts.map(partText).join('\n');
}

function partText(part: unknown): string {
  if (typeof part !== 'object' || part === null) return '';
  const { type, text, uri, mimeType, resource } = part as Readonly<Record<string, unknown>>;
  if (type === 'text' && typeof text === 'string') return text;
  if (type === 'resource') return partText({ ...(resource as object), type: 'text' }) || '[resource]';
  return `[${[type, mimeType, uri].filter((word) => typeof word === 'string').join(' ')}]`;
}
