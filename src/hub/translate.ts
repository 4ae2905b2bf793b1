import { isJsonObject, type JsonObject, type RpcAnswer, type RpcNotification } from '../protocol/json-rpc.ts';
import {
  isModern,
  LEGACY_REVISION,
  LEGACY_REVISIONS,
  META_CLIENT_CAPABILITIES,
  META_CLIENT_INFO,
  META_LOG_LEVEL,
  META_PROTOCOL_VERSION,
  META_SERVER_INFO,
  META_SUBSCRIPTION_ID,
  MODERN_REVISION,
  MODERN_REVISIONS,
} from '../protocol/revisions.ts';
import type { Client, Greeting } from './call.ts';

/**
 * The two eras in terms of each other (2026-07-28, changes from 2025-11-25). Everything here is pure: what one era says,
 * in the words of the other. What is not named passes through untouched.
 */

/** Results that must carry a caching hint in the modern era. */
const CACHEABLE: ReadonlySet<string> = new Set([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);

/** The result of `server/discover` for a server that was greeted with either. */
export function discoverResult({ era, greeting }: Greeting): JsonObject {
  if (era === 'modern') return withHint('server/discover', greeting);
  const { protocolVersion: _spoken, serverInfo, _meta, ...rest } = greeting;
  return withHint('server/discover', {
    ...rest,
    supportedVersions: [...MODERN_REVISIONS],
    capabilities: isJsonObject(rest.capabilities) ? rest.capabilities : {},
    _meta: {
      ...(isJsonObject(_meta) ? _meta : {}),
      ...(serverInfo === undefined ? {} : { [META_SERVER_INFO]: serverInfo }),
    },
  });
}

/** The result of `initialize` for a client that proposed `revision`. */
export function initializeResult({ era, greeting }: Greeting, revision: unknown): JsonObject {
  if (era === 'legacy') return { ...greeting, protocolVersion: legacyRevision(revision, greeting.protocolVersion) };
  const { supportedVersions: _spoken, resultType: _type, ttlMs: _ttl, cacheScope: _scope, _meta, ...rest } = greeting;
  const { [META_SERVER_INFO]: serverInfo, ...meta } = isJsonObject(_meta) ? _meta : {};
  return {
    ...rest,
    protocolVersion: legacyRevision(revision, LEGACY_REVISION),
    capabilities: isJsonObject(rest.capabilities) ? rest.capabilities : {},
    serverInfo: serverInfo ?? rest.serverInfo ?? { name: 'unnamed', version: '0' },
    ...(Object.keys(meta).length > 0 && { _meta: meta }),
  };
}

/** What both know: the client's proposal, unless it is newer than what the server speaks, or unknown. */
function legacyRevision(proposed: unknown, spoken: unknown): string {
  const most = typeof spoken === 'string' ? spoken : LEGACY_REVISION;
  if (typeof proposed !== 'string' || !LEGACY_REVISIONS.includes(proposed)) return most;
  return proposed < most ? proposed : most;
}

/** What a missing resource is called, then and now (2026-07-28, changes). */
const RESOURCE_NOT_FOUND = -32002;
const INVALID_PARAMS = -32602;

/** A legacy server's answer as a modern client expects it. */
export function modernAnswer(method: string, answer: RpcAnswer): RpcAnswer {
  if ('result' in answer) return { result: modernResult(method, answer.result) };
  const { error } = answer;
  return error.code === RESOURCE_NOT_FOUND ? { error: { ...error, code: INVALID_PARAMS } } : answer;
}

function modernResult(method: string, result: JsonObject): JsonObject {
  return withHint(method, { resultType: 'complete', ...result });
}

function withHint(method: string, result: JsonObject): JsonObject {
  if (!CACHEABLE.has(method)) return result;
  // Nothing says how long a legacy answer holds: it is good for now.
  return { resultType: 'complete', ttlMs: 0, cacheScope: 'private', ...result };
}

/** A modern server's result as a legacy client expects it. */
export function legacyResult(result: JsonObject): JsonObject {
  const { resultType: _type, ttlMs: _ttl, cacheScope: _scope, ...rest } = result;
  if (!isJsonObject(rest._meta) || rest._meta[META_SERVER_INFO] === undefined) return rest;
  const { [META_SERVER_INFO]: _info, ...meta } = rest._meta;
  const { _meta: _old, ...bare } = rest;
  return Object.keys(meta).length > 0 ? { ...bare, _meta: meta } : bare;
}

/** What a modern request carries around its parameters. */
export interface Envelope {
  readonly revision: string;
  readonly capabilities: JsonObject;
  readonly info: JsonObject;
  readonly logLevel: string | null;
}

const ENVELOPE_KEYS: ReadonlySet<string> = new Set([
  META_PROTOCOL_VERSION,
  META_CLIENT_CAPABILITIES,
  META_CLIENT_INFO,
  META_LOG_LEVEL,
]);

/** Parameters without the envelope; `_meta` stays where something else is in it (progress token, trace). */
export function openEnvelope(params: JsonObject): { readonly params: JsonObject; readonly envelope: Envelope } {
  const meta = isJsonObject(params._meta) ? params._meta : {};
  const rest = Object.entries(meta).filter(([key]) => !ENVELOPE_KEYS.has(key));
  const { _meta, ...bare } = params;
  const level = meta[META_LOG_LEVEL];
  const revision = meta[META_PROTOCOL_VERSION];
  return {
    params: rest.length > 0 ? { ...bare, _meta: Object.fromEntries(rest) } : bare,
    envelope: {
      revision: typeof revision === 'string' ? revision : '',
      capabilities: asObject(meta[META_CLIENT_CAPABILITIES]),
      info: asObject(meta[META_CLIENT_INFO]),
      logLevel: typeof level === 'string' ? level : null,
    },
  };
}

/** Parameters as a modern server wants them from this client. */
export function enclose(params: JsonObject, client: Client, logLevel: string | null): JsonObject {
  return {
    ...params,
    _meta: {
      ...(isJsonObject(params._meta) ? params._meta : {}),
      [META_PROTOCOL_VERSION]: MODERN_REVISION,
      [META_CLIENT_CAPABILITIES]: client.capabilities,
      [META_CLIENT_INFO]: client.info,
      ...(logLevel !== null && { [META_LOG_LEVEL]: logLevel }),
    },
  };
}

/** A note of the server about a call, with the progress token the client knows the call by. */
export function asToldTo(client: Client, params: JsonObject, notification: RpcNotification): RpcNotification {
  const told = withoutSubscription(notification);
  if (told.method !== 'notifications/progress') return told;
  const token = isJsonObject(params._meta) ? params._meta.progressToken : undefined;
  return { ...told, params: { ...told.params, progressToken: token ?? client.id } };
}

/** The id of a subscription belongs to one connection. */
export function withoutSubscription(notification: RpcNotification): RpcNotification {
  const meta = notification.params?._meta;
  if (!isJsonObject(meta) || meta[META_SUBSCRIPTION_ID] === undefined) return notification;
  const { [META_SUBSCRIPTION_ID]: _id, ...rest } = meta;
  const { _meta, ...params } = notification.params ?? {};
  return { ...notification, params: Object.keys(rest).length > 0 ? { ...params, _meta: rest } : params };
}

/** Severities of log messages, least severe first (RFC 5424). */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

/** Whether a message of `level` is to be told to who wants `wanted` and worse. Unknown levels always are. */
export function isSevereEnough(level: unknown, wanted: string): boolean {
  const severity = LEVELS.indexOf(typeof level === 'string' ? level : '');
  return severity === -1 || severity >= LEVELS.indexOf(wanted);
}

/** The one that lets more through. */
export function lessSevere(one: string | null, other: string): string {
  if (one === null) return other;
  return LEVELS.indexOf(other) < LEVELS.indexOf(one) ? other : one;
}

export function isLogLevel(value: unknown): value is string {
  return typeof value === 'string' && LEVELS.includes(value);
}

/** A revision of the era with a handshake that we know. */
export function isKnownLegacy(revision: string): boolean {
  return !isModern(revision) && LEGACY_REVISIONS.includes(revision);
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
