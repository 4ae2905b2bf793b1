import { isJsonObject, type JsonObject } from '../../protocol/json-rpc.ts';
import { META_SERVER_INFO, MODERN_REVISIONS } from '../../protocol/revisions.ts';
import type { Greeting } from '../call.ts';

function gatewayInfo(version: string): JsonObject {
  return { name: 'mcp-cockpit', title: 'MCP Cockpit', version };
}

/** How the gateway introduces itself, in the words of the modern era. @param declared capabilities of its servers */
export function gatewayGreeting(declared: readonly JsonObject[], instructions: string, version: string): Greeting {
  return {
    era: 'modern',
    greeting: {
      resultType: 'complete',
      supportedVersions: [...MODERN_REVISIONS],
      capabilities: capabilitiesOf(declared),
      instructions,
      // Servers come and go.
      ttlMs: 0,
      cacheScope: 'private',
      _meta: { [META_SERVER_INFO]: gatewayInfo(version) },
    },
  };
}

/** Extensions that need nothing of a gateway but that it passes things on. */
const PASSIVE_EXTENSIONS = ['io.modelcontextprotocol/ui'];

/**
 * What the gateway can do. Lists it always has, empty or not, and says when they change: a server with prompts may come
 * when nobody asks for capabilities any more. The rest as far as one of its servers has it.
 */
function capabilitiesOf(declared: readonly JsonObject[]): JsonObject {
  const has = (name: string) => declared.some((capabilities) => capabilities[name] !== undefined);
  const subscribe = declared.some(({ resources }) => isJsonObject(resources) && resources.subscribe === true);
  const extensions = PASSIVE_EXTENSIONS.flatMap((name) => {
    const [first] = declared.flatMap((each) => (isJsonObject(each.extensions) ? (each.extensions[name] ?? []) : []));
    return first === undefined ? [] : [[name, first]];
  });
  return {
    tools: { listChanged: true },
    prompts: { listChanged: true },
    resources: { listChanged: true, ...(subscribe && { subscribe }) },
    ...(has('completions') && { completions: {} }),
    ...(has('logging') && { logging: {} }),
    ...(extensions.length > 0 && { extensions: Object.fromEntries(extensions) }),
  };
}
