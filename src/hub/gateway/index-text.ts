/** One server in the index that clients read first. */
export interface IndexLine {
  readonly server: string;
  /** What its names begin with; null where names are shown as they are. */
  readonly prefix: string | null;
  /** What it is good for; may be long. */
  readonly about: string | null;
  /** What is wrong with it, or why it does not show yet; null when all is well. */
  readonly trouble: string | null;
}

/** Some clients read no more of the instructions of a server. Bytes. */
const MOST_BYTES = 2048;
/** Lengths to which descriptions are cut until all of it fits. Characters. */
const LENGTHS = [240, 160, 120, 80, 60, 40, 24, 0];

/** The instructions of the gateway: which servers there are and what each is good for, in at most 2048 bytes. */
export function indexText(lines: readonly IndexLine[], heading: string): string {
  if (lines.length === 0) return `${heading}\nNo server is running: start one with "mcp start <name>".`;
  for (const length of LENGTHS) {
    const text = [heading, ...lines.map((line) => lineOf(line, length))].join('\n');
    if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  }
  return namesOnly(lines, heading);
}

function lineOf({ server, prefix, about, trouble }: IndexLine, length: number): string {
  const name = prefix === null || prefix === server ? server : `${server} (${prefix}__)`;
  const good = about === null || length === 0 ? '' : `: ${cut(about, length)}`;
  const bad = trouble === null ? '' : ` [${cut(trouble, Math.max(length, 16))}]`;
  return `- ${name}${good}${bad}`;
}

function namesOnly(lines: readonly IndexLine[], heading: string): string {
  for (let count = lines.length; count > 0; count -= 1) {
    const more = lines.length - count;
    const names = lines.slice(0, count).map(({ server }) => server);
    const text = `${heading}\n${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  }
  return heading;
}

/** The beginning of a text on one line, whole words where that goes. */
function cut(text: string, length: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line.length <= length) return line;
  const short = line.slice(0, length - 1);
  const space = short.lastIndexOf(' ');
  return `${(space > length / 2 ? short.slice(0, space) : short).trimEnd()}…`;
}
