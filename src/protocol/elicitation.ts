import { isJsonObject, type JsonObject } from './json-rpc.ts';

/**
 * The content of an accepted elicitation: what the user filled in, and the schema's own default for each field left empty
 * (2025-11-25, elicitation, default values).
 */
export function withDefaults(requestedSchema: unknown, content: JsonObject): JsonObject {
  const properties = isJsonObject(requestedSchema) ? requestedSchema.properties : undefined;
  const defaults = Object.entries(isJsonObject(properties) ? properties : {}).flatMap(([name, field]) =>
    isJsonObject(field) && field.default !== undefined ? [[name, field.default] as const] : [],
  );
  const filled = Object.entries(content).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...defaults, ...filled]);
}
