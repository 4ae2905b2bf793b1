/**
 * Which URI belongs to which server. URIs stay as they are, for tools and their results speak of them; where a second
 * server has one that is taken, it shows as `mcp-cockpit://<server>/<URI>`. That form leads to its server always.
 */
export interface Address {
  readonly server: string;
  /** As the server knows it. */
  readonly uri: string;
}

const SCHEME = 'mcp-cockpit://';

export function addressed({ server, uri }: Address): string {
  return `${SCHEME}${server}/${uri}`;
}

/** Null for a URI that names no server. */
export function openAddress(uri: string): Address | null {
  if (!uri.startsWith(SCHEME)) return null;
  const slash = uri.indexOf('/', SCHEME.length);
  if (slash === -1) return null;
  return { server: uri.slice(SCHEME.length, slash), uri: uri.slice(slash + 1) };
}

/** What one server offers under URIs. */
export interface Offered {
  readonly server: string;
  readonly uris: readonly string[];
  readonly templates: readonly string[];
  /** It offers resources at all, or nobody knows yet. */
  readonly hasResources: boolean;
}

/**
 * Who may have a resource, the likeliest first: whoever the URI names; who lists it, has a template for it, has others of
 * its scheme; then whoever has resources. A server may have more than it lists.
 */
export function ownersOf(uri: string, all: readonly Offered[]): readonly Address[] {
  const named = openAddress(uri);
  if (named && all.some(({ server }) => server === named.server)) return [named];
  const scheme = schemeOf(uri);
  const fits: readonly ((offered: Offered) => boolean)[] = [
    ({ uris }) => uris.includes(uri),
    ({ templates }) => templates.includes(uri) || templates.some((template) => matchesTemplate(uri, template)),
    ({ uris, templates }) => [...uris, ...templates].some((other) => schemeOf(other) === scheme),
    ({ hasResources }) => hasResources,
  ];
  const servers = new Set(fits.flatMap((fit) => all.filter(fit).map(({ server }) => server)));
  return [...servers].map((server) => ({ server, uri }));
}

function schemeOf(uri: string): string {
  return uri.slice(0, uri.indexOf(':') + 1);
}

/** Whether a template (RFC 6570) may have made a URI: each expression stands for any text. */
function matchesTemplate(uri: string, template: string): boolean {
  const fixed = template.split(/\{[^{}]*\}/);
  const [first = '', ...rest] = fixed;
  const last = rest.pop();
  if (last === undefined) return uri === first;
  if (!uri.startsWith(first) || !uri.endsWith(last)) return false;
  let at = first.length;
  const end = uri.length - last.length;
  for (const part of rest) {
    const found = uri.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= end;
}
