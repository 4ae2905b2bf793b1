import { createHash } from 'node:crypto';

/**
 * How tools and prompts of many servers are called where all of them show as one: `<server>__<tool>`. Clients of today
 * take letters, digits, `_` and `-`, and Claude Code drops what is longer than 128 characters together with its own
 * `mcp__cockpit__`. A name depends on nothing but its server and that server's own list, so that it stays what it is while
 * other servers come and go; a prefix holds no `__`, so that names of two servers are never equal.
 */
export const LONGEST_NAME = 128 - 'mcp__cockpit__'.length;

const SEPARATOR = '__';
const STRANGE = /[^A-Za-z0-9_-]/gu;

/** Server → what its names begin with, all different. @param servers all of the registry, whether they show or not */
export function prefixesOf(servers: readonly string[]): ReadonlyMap<string, string> {
  const plain = new Map(servers.map((server) => [server, prefixOf(server)]));
  const claims = Map.groupBy(plain, ([, prefix]) => prefix);
  return new Map(
    [...plain].map(([server, prefix]) => {
      const isOwn = server === prefix || claims.get(prefix)?.length === 1;
      return [server, isOwn ? prefix : `${prefix}_${hashOf(server)}`];
    }),
  );
}

function prefixOf(server: string): string {
  return server.replace(STRANGE, '_').replace(/_{2,}/g, '_').replace(/_$/, '');
}

/** The server's own name → the name it is shown under; all different. */
export function exposedNames(prefix: string, names: Iterable<string>): ReadonlyMap<string, string> {
  const wanted = new Map([...names].map((name) => [name, `${prefix}${SEPARATOR}${name.replace(STRANGE, '_')}`]));
  const claims = Map.groupBy(wanted, ([, exposed]) => exposed);
  return new Map(
    [...wanted].map(([name, exposed]) => {
      const isOwn = exposed.endsWith(`${SEPARATOR}${name}`) || claims.get(exposed)?.length === 1;
      if (isOwn && exposed.length <= LONGEST_NAME) return [name, exposed];
      const hash = `_${hashOf(name)}`;
      return [name, exposed.slice(0, LONGEST_NAME - hash.length) + hash];
    }),
  );
}

function hashOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 6);
}
