import { callTool } from '../call.ts';
import type { Context } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';

/** `claude-mcp send SERVER TOOL ARGUMENTS`: one call, and what the tool answered. Exit 1 when the tool says it failed. */
export async function send(context: Context, server: string, tool: string, args: readonly string[]): Promise<ExitCode> {
  return callTool(context, { server, tool, args, timeoutMs: null, usage: `claude-mcp send ${server} ${tool}` });
}
