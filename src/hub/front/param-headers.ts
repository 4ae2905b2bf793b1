import type { IncomingHttpHeaders } from 'node:http';
import { decodeHeaderValue } from '../../protocol/http-headers.ts';
import { isJsonObject, type JsonObject, type RpcError } from '../../protocol/json-rpc.ts';
import { mirroredParams } from '../../protocol/param-headers.ts';
import { HEADER_MISMATCH } from '../rpc-codes.ts';

type Marks = NonNullable<ReturnType<typeof mirroredParams>>;

/** Schemas are read once: those of a server stay the same objects until it offers others. */
const read = new WeakMap<JsonObject, Marks>();

/**
 * Why a tool call may not pass (2026-07-28, tools, `x-mcp-header`): an argument that its tool wants repeated in a header is
 * not, or another one is. Null where all is well; an argument that is null or absent needs no header.
 */
export function paramFaultOf(schema: JsonObject | null, args: unknown, headers: IncomingHttpHeaders): RpcError | null {
  for (const { path, header } of schema ? marksIn(schema) : []) {
    const value = path.reduce<unknown>((inside, name) => (isJsonObject(inside) ? inside[name] : undefined), args);
    if (!isRepeatable(value)) continue;
    const name = `Mcp-Param-${header}`;
    const given = headers[name.toLowerCase()];
    if (typeof given !== 'string') return mismatch(`the header ${name} is missing`);
    const decoded = decodeHeaderValue(given);
    if (decoded === null) return mismatch(`${name} is no base64 of UTF-8`);
    if (!isSame(decoded, value)) return mismatch(`${name} is not what the argument ${path.join('.')} says`);
  }
  return null;
}

function marksIn(schema: JsonObject): Marks {
  // A tool that is marked wrongly is not one that clients over HTTP use: there is nothing to compare.
  const marks = read.get(schema) ?? mirroredParams(schema) ?? [];
  read.set(schema, marks);
  return marks;
}

type Repeatable = string | boolean | number;

function isRepeatable(value: unknown): value is Repeatable {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
}

const DECIMAL = /^-?\d+(\.\d+)?$/;

/** Numbers are compared as numbers: 42.0 is 42. */
function isSame(header: string, value: Repeatable): boolean {
  if (typeof value === 'number') return DECIMAL.test(header) && Number(header) === value;
  return header === String(value);
}

function mismatch(message: string): RpcError {
  return { code: HEADER_MISMATCH, message: `Header mismatch: ${message}` };
}
