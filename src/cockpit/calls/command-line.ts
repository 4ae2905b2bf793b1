import { tameJson } from '../text/tame.ts';

const PLAIN = /^[\w@%+=:,./-]+$/;

/** One word of a shell's command line. */
const quoted = (word: string): string => (PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** `mcp weather call forecast '{"city":"Oslo"}'` */
export function callLine(server: string, tool: string, args: Readonly<Record<string, unknown>>): string {
  return `mcp ${quoted(server)} call ${quoted(tool)} ${quoted(tameJson(JSON.stringify(args)))}`;
}
