import type { IncomingMessage } from 'node:http';

export type Body =
  | { readonly ok: true; readonly value: unknown; readonly bytes: number }
  | { readonly ok: false; readonly status: 400 | 413; readonly why: string };

/** Reads a JSON body of at most `limit` bytes. A larger one is not read to its end. */
export function readJson(request: IncomingMessage, limit: number): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const refuse = (status: 400 | 413, why: string) => resolve({ ok: false, status, why });
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= limit) return;
      request.pause();
      refuse(413, `the message is larger than ${limit} bytes`);
    });
    request.on('end', () => {
      const [only] = chunks;
      const text = (chunks.length === 1 && only ? only : Buffer.concat(chunks)).toString('utf8');
      try {
        resolve({ ok: true, value: JSON.parse(text), bytes });
      } catch {
        refuse(400, 'the body is no JSON');
      }
    });
    request.on('error', () => refuse(400, 'the body broke off'));
    request.on('close', () => refuse(400, 'the body broke off'));
  });
}
