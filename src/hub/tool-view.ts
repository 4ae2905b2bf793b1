import { isJsonObject, type JsonObject } from '../protocol/json-rpc.ts';
import type { ToolView } from '../supervisor/api.ts';

/** A tool as its server describes it, for screens and commands. */
export function toolView(tool: JsonObject, disabled: ToolView['disabled'], changed: boolean): ToolView {
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    name: String(tool.name),
    title: text(tool.title),
    description: text(tool.description),
    inputSchema: isJsonObject(tool.inputSchema) ? tool.inputSchema : { type: 'object' },
    outputSchema: isJsonObject(tool.outputSchema) ? tool.outputSchema : null,
    annotations: isJsonObject(tool.annotations) ? tool.annotations : null,
    disabled,
    changed,
  };
}
