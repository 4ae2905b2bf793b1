import type { IncomingMessage } from 'node:http';

export type Body =
  | { readonly ok: true; readonly value: unknown; readonly bytes: number }
  | { readonly ok: false; readonly status: 400 | 413; readonly why: string };

/** Reads a JSON body of at most `limit` bytes. A larger one is not read to its end. */
export async function readJson(request: IncomingMessage, limit: number): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) return { ok: false, status: 413, why: `the message is larger than ${limit} bytes` };
      chunks.push(chunk);
    }
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString('utf8')), bytes };
  } catch {
    return { ok: false, status: 400, why: 'the body is no JSON' };
  }
}
