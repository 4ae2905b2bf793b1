import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** Why a request may not pass: an HTTP status, a reason that says what to do, and headers that belong to it. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const WILDCARDS = ['0.0.0.0', '::'];

/**
 * Decides who a request claims to talk to. A web page that rebinds its name to this machine (DNS rebinding) still sends
 * its own name, so only names that are ours pass: those of the loopback, the address listened on and, when that is every
 * address, this machine's name and any literal address, which cannot be rebound.
 */
export type HostRule = (hostname: string) => boolean;

export function hostRule(listenAddress: string): HostRule {
  const names = new Set([...LOOPBACK_NAMES, asHostname(listenAddress.toLowerCase())]);
  if (!WILDCARDS.includes(listenAddress)) return (name) => names.has(name);
  names.add(hostname().toLowerCase());
  return (name) => names.has(name) || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

/** MCP 2026-07-28, transports: a foreign Origin must be answered with 403. Requests without one come from no browser. */
export function checkOrigin({ host, origin }: IncomingHttpHeaders, isOurs: HostRule): Refusal | null {
  const claimed = host === undefined ? null : hostnameOf(`http://${host}`);
  if (claimed === null || !isOurs(claimed)) return forbidden('this host name is not served here: use 127.0.0.1');
  if (origin === undefined) return null;
  const from = hostnameOf(origin);
  return from !== null && isOurs(from) ? null : forbidden('web pages of other origins have no access');
}

/** RFC 6750. The time taken tells nothing about the token. */
export function checkBearer({ authorization }: IncomingHttpHeaders, token: string): Refusal | null {
  const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) {
    return unauthorized('Bearer', 'send the access token: "Authorization: Bearer <content of the hub-token file>"');
  }
  if (timingSafeEqual(digest(given), digest(token))) return null;
  return unauthorized('Bearer error="invalid_token"', 'this is not the access token: read the hub-token file again');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function hostnameOf(url: string): string | null {
  const parsed = URL.parse(url);
  return parsed === null || parsed.hostname === '' ? null : parsed.hostname;
}

/** An IPv6 address is bracketed in a URL. */
function asHostname(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}

function forbidden(reason: string): Refusal {
  return { status: 403, reason, headers: {} };
}

function unauthorized(challenge: string, reason: string): Refusal {
  return { status: 401, reason, headers: { 'www-authenticate': challenge } };
}
