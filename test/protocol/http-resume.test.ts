import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { readOn } from '../../src/protocol/http-streams.ts';
import { connectPeer } from '../../src/protocol/peer.ts';
import { direct } from '../conformance/subjects.ts';
import { answerLegacy, type HttpFixture, rawHttp, rpcResult, type Seen } from '../fixtures/raw-http.ts';
import { failureOf } from './failure-of.ts';

type BreakOff = (response: ServerResponse) => void;
type GoOn = (response: ServerResponse, seen: Seen) => void;

/** A legacy server that breaks the stream of a call off in its own way, and goes on with GET in its own way. */
function breaking(breakOff: BreakOff, goOn: GoOn): Promise<HttpFixture> {
  return rawHttp((seen, response) => {
    if (seen.rpc === 'tools/call') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      breakOff(response);
    } else if (seen.method === 'GET') goOn(response, seen);
    else answerLegacy(seen, response, '2025-11-25');
  });
}

const event = (id: string, data: string) => `id: ${id}\nretry: 1\ndata: ${data}\n\n`;
/** The id of the only call a test makes stands in the request the server saw. */
const answerFor = (server: HttpFixture) =>
  rpcResult(server.seen.find(({ rpc }) => rpc === 'tools/call')?.id, { ok: 1 });
const gets = (server: HttpFixture) => server.seen.filter(({ method }) => method === 'GET');

test.each<[string, BreakOff]>([
  ['ended', (response) => response.end(event('first', ''))],
  ['was torn', (response) => void response.write(event('first', ''), () => response.destroy())],
])('an answer whose stream %s comes on the next, from where it was left', async (_, breakOff) => {
  await using server: HttpFixture = await breaking(breakOff, (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    // A server may let its client come again as often as it likes.
    if (gets(server).length < 3) response.end(event(`get-${gets(server).length}`, ''));
    else response.end(event('last', answerFor(server)));
  });
  const peer = await connectPeer({ kind: 'http', url: server.url }, { era: 'legacy' });
  expect(await peer.request('tools/call', { name: 'slow' })).toEqual({ ok: 1 });
  expect(gets(server).map(({ headers }) => headers['last-event-id'])).toEqual(['first', 'get-1', 'get-2']);
  expect(gets(server)[0]?.headers).toMatchObject({ 'mcp-protocol-version': '2025-11-25', accept: 'text/event-stream' });
  await peer.close();
});

test('a server that will not go on fails the call, and is asked once', async () => {
  await using server = await breaking(
    (response) => response.end(event('first', '')),
    (response) => response.writeHead(405).end(),
  );
  const peer = await connectPeer({ kind: 'http', url: server.url }, { era: 'legacy' });
  expect(await failureOf(peer.request('tools/call', { name: 'slow' }))).toMatchObject({ kind: 'closed' });
  expect(gets(server)).toHaveLength(1);
  await peer.close();
});

test.each([
  ['without an id', 'data: \n\n'],
  ['with an id that no header can carry', event('é', '')],
])('a stream %s is not taken up again', async (_, text) => {
  await using server = await breaking(
    (response) => response.end(text),
    (response) => response.end(),
  );
  const peer = await connectPeer({ kind: 'http', url: server.url }, { era: 'legacy' });
  expect(await failureOf(peer.request('tools/call', { name: 'slow' }))).toMatchObject({ kind: 'closed' });
  expect(gets(server)).toEqual([]);
  await peer.close();
});

test('whoever gives the call up does not wait for the time the server wants', { timeout: 10_000 }, async () => {
  const giveUp = new AbortController();
  const never = () => Promise.reject(new Error('nobody should come again'));
  const waiting = readOn({ lastEventId: 'first', retryMs: 30_000 }, never, () => false, giveUp.signal);
  giveUp.abort();
  await waiting;
});

test('a server of the SDK that hangs up in the middle of a call is waited for', async () => {
  await using server = await direct('legacy');
  const peer = await connectPeer({ kind: 'http', url: server.url });
  const result = await peer.request('tools/call', { name: 'test_reconnection' });
  expect(result).toMatchObject({ content: [{ type: 'text', text: 'Reconnection test completed' }] });
  await peer.close();
});
