import { isJsonObject, type JsonObject } from './json-rpc.ts';

/** `modern`: stateless, revision 2026-07-28; `legacy`: handshake and sessions, up to 2025-11-25. */
export type Era = 'legacy' | 'modern';

export const MODERN_REVISION = '2026-07-28';

/** Modern revisions we speak, best first. */
export const MODERN_REVISIONS: readonly string[] = [MODERN_REVISION];

/** What we propose in `initialize`. */
export const LEGACY_REVISION = '2025-11-25';
/** What a server may answer instead. */
export const LEGACY_REVISIONS: readonly string[] = [
  LEGACY_REVISION,
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
  '2024-10-07',
];

/** Revisions are ISO dates: text order is time order. */
export function isModern(revision: string): boolean {
  return revision >= MODERN_REVISION;
}

const META = 'io.modelcontextprotocol';
export const META_PROTOCOL_VERSION = `${META}/protocolVersion`;
export const META_CLIENT_CAPABILITIES = `${META}/clientCapabilities`;
export const META_CLIENT_INFO = `${META}/clientInfo`;
export const META_LOG_LEVEL = `${META}/logLevel`;
export const META_SUBSCRIPTION_ID = `${META}/subscriptionId`;
export const META_SERVER_INFO = `${META}/serverInfo`;

/** Name and version we give ourselves. */
export interface ClientInfo {
  readonly name: string;
  readonly version: string;
}

/** Who we are and what we can do for a server that asks. */
export interface Introduction {
  readonly clientInfo: ClientInfo;
  /** Empty where nobody is there to be asked. */
  readonly capabilities: JsonObject;
}

/** `params` with the envelope every modern request carries. */
export function modernParams(params: JsonObject, { clientInfo, capabilities }: Introduction): JsonObject {
  return {
    ...params,
    _meta: {
      ...(isJsonObject(params._meta) ? params._meta : {}),
      [META_PROTOCOL_VERSION]: MODERN_REVISION,
      [META_CLIENT_CAPABILITIES]: capabilities,
      [META_CLIENT_INFO]: clientInfo,
    },
  };
}
