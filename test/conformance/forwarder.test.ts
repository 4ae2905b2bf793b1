import { once } from 'node:events';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { expect, test } from 'vitest';
import { rawHttp } from '../fixtures/raw-http.ts';
import { forwarder } from './forwarder.ts';

test('adds the token and changes nothing else', async () => {
  await using server = await rawHttp((_, response) => {
    response.writeHead(418, 'Teapot', ['X-Twice', 'one', 'X-Twice', 'two', 'Content-Type', 'text/plain']).end('short');
  });
  await using proxy = await forwarder(server.origin, 'secret');
  const headers = { Host: 'evil.example:1', Origin: 'http://evil.example', 'Mcp-Name': 'tool', Accept: 'a/b' };
  const answer = await send(`${proxy.origin}/mcp?a=b`, { method: 'POST', headers, body: '{"method":"ping"}' });
  expect(server.seen).toMatchObject([{ method: 'POST', path: '/mcp?a=b', rpc: 'ping' }]);
  expect(server.seen[0]?.headers).toMatchObject({
    authorization: 'Bearer secret',
    host: 'evil.example:1',
    origin: 'http://evil.example',
    'mcp-name': 'tool',
    accept: 'a/b',
  });
  expect(answer).toMatchObject({ statusCode: 418, statusMessage: 'Teapot' });
  expect(answer.headersDistinct['x-twice']).toEqual(['one', 'two']);
  expect(await textOf(answer)).toBe('short');
});

test('a stream passes event by event, and the server learns that its reader left', async () => {
  const left = Promise.withResolvers<void>();
  const more = Promise.withResolvers<void>();
  await using server = await rawHttp(async (_, response) => {
    response.on('close', left.resolve);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    await more.promise;
    response.write('data: 2\n\n');
  });
  await using proxy = await forwarder(server.origin, 'secret');
  const answer = await send(`${proxy.origin}/mcp`, { method: 'GET' });
  const chunks = answer.setEncoding('utf8')[Symbol.asyncIterator]();
  expect((await chunks.next()).value).toBe('data: 1\n\n');
  more.resolve();
  expect((await chunks.next()).value).toBe('data: 2\n\n');
  answer.destroy();
  await left.promise;
});

test('the client learns that the server went away in the middle of its answer', async () => {
  await using server = await rawHttp((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n', () => response.destroy());
  });
  await using proxy = await forwarder(server.origin, 'secret');
  const answer = await send(`${proxy.origin}/mcp`, { method: 'GET' });
  await expect(textOf(answer)).rejects.toThrow(/aborted/);
});

async function send(url: string, { body, ...options }: RequestOptions & { body?: string }): Promise<IncomingMessage> {
  const outgoing = request(url, { agent: false, ...options });
  outgoing.end(body);
  const [answer] = await once(outgoing, 'response');
  return answer;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return text;
}
