import { encodeHeaderValue } from './http-headers.ts';
import { isJsonObject, type JsonObject, type RpcMessage } from './json-rpc.ts';

/** An argument that travels in a header as well: where it stands in `arguments`, and the header's name. */
interface MirroredParam {
  readonly path: readonly string[];
  readonly header: string;
}

const ANNOTATION = 'x-mcp-header';
const PREFIX = 'mcp-param-';
/** What a header name may consist of (RFC 9110, token). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const MIRRORED_TYPES: readonly unknown[] = ['string', 'integer', 'boolean'];
/** Keywords whose values are data, whatever they look like. */
const DATA_KEYWORDS: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples']);
/** A schema nested deeper is nobody's honest tool. */
const MAX_DEPTH = 64;

/**
 * The parameters that `x-mcp-header` marks in the schema of a tool (2026-07-28, tools, x-mcp-header): strings, integers and
 * booleans reached through `properties` alone, under names that are tokens and differ in more than case. Null where a
 * mark breaks these rules: clients over HTTP must not use such a tool. Nothing that a schema refers to is fetched.
 */
export function mirroredParams(inputSchema: unknown): readonly MirroredParam[] | null {
  const found: MirroredParam[] = [];
  if (!collect(inputSchema, [], found)) return null;
  const names = new Set(found.map(({ header }) => header.toLowerCase()));
  return names.size === found.length ? found : null;
}

/** `path` is null below any keyword but `properties`, where a mark is an error. */
function collect(schema: unknown, path: readonly string[] | null, found: MirroredParam[], depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  if (Array.isArray(schema)) return schema.every((item) => collect(item, null, found, depth + 1));
  if (!isJsonObject(schema)) return true;
  if (Object.hasOwn(schema, ANNOTATION)) {
    const header = schema[ANNOTATION];
    const isSound = typeof header === 'string' && TOKEN.test(header) && MIRRORED_TYPES.includes(schema.type);
    if (!isSound || path === null || path.length === 0) return false;
    found.push({ path, header });
  }
  return Object.entries(schema).every(([keyword, value]) => {
    if (DATA_KEYWORDS.has(keyword)) return true;
    if (!isJsonObject(value) || !NAMED_SCHEMAS.has(keyword)) return collect(value, null, found, depth + 1);
    return Object.entries(value).every(([name, property]) =>
      collect(property, keyword === 'properties' && path ? [...path, name] : null, found, depth + 1),
    );
  });
}

/** Keywords that hold schemas by names which are not keywords themselves. */
const NAMED_SCHEMAS: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  '$defs',
  'definitions',
]);

/** The headers for a call with these arguments. What is absent, null or of another type is left out. */
function paramHeaders(mirrored: readonly MirroredParam[], args: unknown): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const { path, header } of mirrored) {
    const value = path.reduce<unknown>((inside, name) => (isJsonObject(inside) ? inside[name] : undefined), args);
    if (typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)) {
      headers[PREFIX + header.toLowerCase()] = encodeHeaderValue(String(value));
    }
  }
  return headers;
}

/** Remembers from the tool lists that pass by which arguments of which tools belong into headers. */
export class KnownParams {
  readonly #byTool = new Map<string, readonly MirroredParam[]>();

  /** Takes note of a result of `tools/list`. */
  learn(result: unknown): void {
    if (!isJsonObject(result) || !Array.isArray(result.tools)) return;
    for (const tool of result.tools) {
      if (!isJsonObject(tool) || typeof tool.name !== 'string') continue;
      const mirrored = mirroredParams(tool.inputSchema) ?? [];
      if (mirrored.length > 0) this.#byTool.set(tool.name, mirrored);
      else this.#byTool.delete(tool.name);
    }
  }

  /** The headers a message needs: none but for a call of a tool that is known to mark parameters. */
  headersFor(message: RpcMessage): Readonly<Record<string, string>> {
    if (!('method' in message) || message.method !== 'tools/call') return {};
    const { name, arguments: args }: JsonObject = message.params ?? {};
    return paramHeaders((typeof name === 'string' && this.#byTool.get(name)) || [], args);
  }
}
