/** What `claude-mcp install` writes: the hub's URL, and how to get the headers that it demands. */
export interface OurEntry {
  readonly type: 'http';
  readonly url: string;
  /** A shell line that prints the headers as JSON, so that no token stands in any file. */
  readonly headersHelper: string;
}

/** The one entry for all servers. */
export const COCKPIT = 'cockpit';

/** @param server for one server alone; null is the hub as a whole */
export function hubEntry(hubPort: number, server: string | null, headersHelper: string): OurEntry {
  const path = server === null ? '' : `/${server}`;
  return { type: 'http', url: `http://127.0.0.1:${hubPort}${path}/mcp`, headersHelper };
}

/** Claude Code takes letters, digits, `-` and `_` only. Two servers that would get the same name are told apart. */
export function claudeNames(servers: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const server of servers) {
    const plain = server.replaceAll(/[^A-Za-z0-9_-]/g, '_');
    let name = plain;
    for (let number = 2; taken.has(name); number++) name = `${plain}_${number}`;
    taken.add(name);
    names.set(server, name);
  }
  return names;
}

/** Whether an entry of Claude Code leads to the hub by our own helper, whichever port it had then. */
export function isOurs(raw: unknown): boolean {
  if (typeof raw !== 'object' || raw === null || !('headersHelper' in raw) || !('url' in raw)) return false;
  const { headersHelper, url } = raw;
  if (typeof headersHelper !== 'string' || typeof url !== 'string') return false;
  return /\bclaude-mcp(?:\.cjs)?['"]? headers$/.test(headersHelper) && isLoopback(url);
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}
