/** What a path of the hub leads to. */
export interface Route {
  readonly kind: 'mcp' | 'sse' | 'messages' | 'ws' | 'health' | 'metrics';
  /** One server, the servers of one profile, or all of them. */
  readonly target: { readonly server: string } | { readonly profile: string } | 'all';
}

const KINDS: Readonly<Record<string, Route['kind']>> = {
  mcp: 'mcp',
  sse: 'sse',
  messages: 'messages',
  ws: 'ws',
  health: 'health',
};

/**
 * Reads a path: `/mcp`, `/@work/mcp`, `/weather/mcp`, `/weather/health` … Null for anything else.
 *
 * @param only the server an entry's own port belongs to: there, paths name no server
 */
export function routeOf(pathname: string, only: string | null): Route | null {
  const parts = pathname.split('/').slice(1).map(decode);
  const [first = '', second = '', ...rest] = parts;
  if (rest.length > 0) return null;
  if (second === '') {
    if (first === 'metrics' && only === null) return { kind: 'metrics', target: 'all' };
    const kind = kindOf(first);
    return kind && { kind, target: only === null ? 'all' : { server: only } };
  }
  const kind = kindOf(second);
  if (!kind || only !== null || first === '') return null;
  if (!first.startsWith('@')) return { kind, target: { server: first } };
  return kind === 'health' ? null : { kind, target: { profile: first.slice(1) } };
}

function kindOf(text: string): Route['kind'] | null {
  return Object.hasOwn(KINDS, text) ? (KINDS[text] ?? null) : null;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The target as part of a name of an endpoint: `/weather`, `/@work` or nothing. */
export function targetPath(target: Route['target']): string {
  if (target === 'all') return '';
  return 'server' in target ? `/${target.server}` : `/@${target.profile}`;
}
