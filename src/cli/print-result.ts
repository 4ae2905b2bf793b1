import { bytes } from '../cockpit/text/quantity.ts';
import type { Context } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { CallJson } from './json-shapes.ts';
import { multiLine, oneLine } from './safe-text.ts';
import { saveBeside } from './save-beside.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a tool answered. */
export interface ToolResult {
  readonly server: string;
  readonly tool: string;
  readonly result: Fields;
  readonly isError: boolean;
  readonly latencyMs: number;
}

/**
 * Prints the answer of a tool: text as text, other JSON laid out; pictures, sound and other bytes go into files of the
 * working directory, whose names are printed. With `--json` all of it as one object, and no files. What the tool itself calls
 * an error goes to stderr, and is exit 1.
 *
 * @throws CommandError when a file cannot be written
 */
export function printResult(context: Context, answer: ToolResult): ExitCode {
  const { server, tool, result, isError, latencyMs } = answer;
  if (context.json) {
    const json: CallJson = { server, tool, isError, latencyMs, result };
    context.print(JSON.stringify(json, null, 2));
    return isError ? EXIT.failed : EXIT.done;
  }
  const lines = contentOf(result).map((part) => partText(part, { context, tool }));
  // A tool that has nothing to say in words may still have said something.
  if (lines.length === 0 && result.structuredContent !== undefined) lines.push(laidOut(result.structuredContent));
  if (isError)
    context.note(`${server} ${oneLine(tool)}: ${multiLine(lines.join('\n')) || 'it failed and does not say why'}`);
  else if (lines.length > 0) context.print(context.io.stdout.isTTY ? multiLine(lines.join('\n')) : lines.join('\n'));
  return isError ? EXIT.failed : EXIT.done;
}

function contentOf({ content }: Fields): readonly Fields[] {
  return Array.isArray(content) ? content.filter(isFields) : [];
}

interface Place {
  readonly context: Context;
  readonly tool: string;
}

/** Text of one part of the content, by its type; what is of none of these is laid out as it came. */
function partText(part: Fields, place: Place): string {
  const reader = typeof part.type === 'string' && Object.hasOwn(PARTS, part.type) ? PARTS[part.type] : undefined;
  return reader?.(part, place) ?? laidOut(part);
}

const PARTS: Readonly<Record<string, (part: Fields, place: Place) => string | null>> = {
  text: ({ text }) => (typeof text === 'string' ? text : null),
  image: ({ data, mimeType }, place) => saved(data, mimeType, place.tool, place),
  audio: ({ data, mimeType }, place) => saved(data, mimeType, place.tool, place),
  resource: ({ resource }, place) => {
    if (!isFields(resource)) return null;
    const { text, blob, mimeType, uri } = resource;
    if (typeof text === 'string') return text;
    return saved(blob, mimeType, typeof uri === 'string' ? lastName(uri) : place.tool, place);
  },
  resource_link: ({ uri, name, description }) =>
    [uri, name, description].filter((word) => typeof word === 'string').join('  '),
};

function saved(data: unknown, mimeType: unknown, name: string, { context }: Place): string | null {
  if (typeof data !== 'string') return null;
  const content = Buffer.from(data, 'base64');
  const type = typeof mimeType === 'string' ? mimeType : 'application/octet-stream';
  return `${saveBeside(context.io.cwd(), name, type, content)} (${oneLine(type)}, ${bytes(content.length)})`;
}

function lastName(uri: string): string {
  return uri.split(/[?#]/)[0]?.split('/').filter(Boolean).at(-1) ?? '';
}

function laidOut(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
