import type { ServerResponse } from 'node:http';
import type { Refusal } from './access.ts';
import { rpcError, SERVER_ERROR } from './rpc-codes.ts';

export function answerJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
  response.end(bytes);
}

/** Errors are JSON-RPC errors too, for clients that look into the body. */
export function answerError(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  answerJson(response, status, { jsonrpc: '2.0', id: null, ...rpcError(SERVER_ERROR, message) }, headers);
}

export function refuse(response: ServerResponse, { status, reason, headers }: Refusal): void {
  answerError(response, status, reason, headers);
}
