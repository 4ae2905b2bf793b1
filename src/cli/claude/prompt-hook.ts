import { text } from 'node:stream/consumers';
import { ownCommand } from '../../claude/own-command.ts';
import { FITS, type RankedServer, rank, reasons } from '../../router/rank.ts';
import type { UnitView } from '../../supervisor/api.ts';
import { findInstallation } from '../../supervisor/installation.ts';
import type { Context } from '../context.ts';
import { look, withEngine } from '../engine.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine } from '../safe-text.ts';
import { rankableServers } from './rankable.ts';

/** More would only take room in the conversation. */
const MOST = 3;

/**
 * `claude-mcp hook`: a `UserPromptSubmit` hook of Claude Code. It gets `{"prompt": …}` on stdin and answers with context
 * that names the servers which fit, or with nothing. It never stands in the way of a prompt: whatever goes wrong, the
 * exit code is 0 and nothing is printed (DEBUG=1 tells on stderr). On a terminal it says how to set it up.
 */
export async function promptHook(context: Context): Promise<ExitCode> {
  if (context.io.stdin.isTTY) {
    context.print(setUp(context));
    return EXIT.done;
  }
  try {
    const prompt = promptOf(await text(context.io.stdin));
    const answer = prompt === '' ? null : await suggestion(context, prompt);
    if (answer !== null) context.print(answer);
  } catch (error) {
    if (context.env.DEBUG) context.note(`claude-mcp hook: ${error instanceof Error ? error.stack : String(error)}`);
  }
  return EXIT.done;
}

function promptOf(input: string): string {
  const parsed: unknown = JSON.parse(input);
  const isEvent = typeof parsed === 'object' && parsed !== null && 'prompt' in parsed;
  return isEvent && typeof parsed.prompt === 'string' ? parsed.prompt : '';
}

async function suggestion(context: Context, prompt: string): Promise<string | null> {
  return withEngine(await look(context), async (api) => {
    const { servers, units } = await rankableServers(context, api);
    const fitting = rank(prompt, servers).filter(({ score }) => score >= FITS);
    if (fitting.length === 0) return null;
    const lines = fitting.slice(0, MOST).map((server) => line(server, units.get(server.name)));
    const additionalContext = `MCP servers that fit this prompt (MCP Cockpit):\n${lines.join('\n')}`;
    return JSON.stringify({ hookSpecificOutput: { hookEventName: 'UserPromptSubmit', additionalContext } });
  });
}

function line(server: RankedServer, unit: UnitView | undefined): string {
  const state = unit?.state ?? 'stopped';
  const next = unit?.desired === 'stopped' && state !== 'asleep' ? `; \`mcp ${server.name} start\` starts it` : '';
  return oneLine(`- ${server.name}: ${state}${next} (${reasons(server).slice(0, 3).join(', ')})`);
}

function setUp({ env, paths }: Context): string {
  const command = `${ownCommand({ env, home: paths.home, root: findInstallation().root })} hook`;
  const hooks = { UserPromptSubmit: [{ hooks: [{ type: 'command', command, timeout: 5 }] }] };
  return `Add this to ~/.claude/settings.json, or to .claude/settings.json of a project:\n${JSON.stringify({ hooks }, null, 2)}`;
}
