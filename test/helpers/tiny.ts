import path from 'node:path';
import { root } from './root.ts';

const script = path.join(root, 'test/fixtures/tiny-mcp.mjs');

/** A registry entry for `fixtures/tiny-mcp.mjs` on HTTP. */
export function tinyHttp(
  port: number,
  options: readonly string[] = [],
  entry: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { transport: 'http', port, command: process.execPath, args: [script, 'http', ...options], ...entry };
}

/** The same on stdio. */
export function tinyStdio(
  options: readonly string[] = [],
  entry: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { transport: 'stdio', command: process.execPath, args: [script, 'stdio', ...options], ...entry };
}
