import { wrongUse } from '../command-error.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { namesInRegistry } from '../registry-names.ts';
import { multiLine } from '../safe-text.ts';
import { callTool, resultText, withSupervisor } from './call.ts';

/** `claude-mcp send SERVER TOOL ARGUMENTS`: one call, and what the tool answered. Exit 1 when the tool says it failed. */
export async function send(
  context: Context,
  server: string,
  tool: string,
  words: readonly string[],
): Promise<ExitCode> {
  const args = argumentsOf(words);
  namesInRegistry(context.paths, [server], []);
  const { result, isError } = await withSupervisor(context, (api) => callTool(api, server, tool, args));
  if (context.json) context.print(JSON.stringify(result, null, 2));
  else if (isError) context.note(`${server} ${tool}: ${multiLine(resultText(result))}`);
  else context.print(multiLine(resultText(result)));
  return isError ? EXIT.failed : EXIT.done;
}

/** One JSON object, or `key=value` for each argument; a value that is JSON counts as such, any other as text. */
function argumentsOf(words: readonly string[]): Record<string, unknown> {
  const [first] = words;
  if (words.length === 1 && first?.trimStart().startsWith('{')) return objectOf(first);
  return Object.fromEntries(
    words.map((word): [string, unknown] => {
      const [, key, value] = /^([^=\s]+)=(.*)$/s.exec(word) ?? [];
      if (key === undefined || value === undefined) {
        throw wrongUse(`"${word.slice(0, 40)}" is no argument`, `write '{"key": "value"}' or key=value`);
      }
      return [key, parsed(value)];
    }),
  );
}

function objectOf(text: string): Record<string, unknown> {
  const value = parsed(text);
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw wrongUse('the arguments are not valid JSON', `write '{"key": "value"}', in single quotes`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
