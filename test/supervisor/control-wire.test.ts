import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameReader, frame } from '../../src/supervisor/control-frames.ts';
import { ControlWire, type Receiver, ResponseError } from '../../src/supervisor/control-wire.ts';
import { temporaryHome } from '../helpers/home.ts';

/** Both ends of a connection; `there` is a wire with this receiver. */
async function pair(receiver: Receiver = {}) {
  const home = await temporaryHome();
  const path = join(home.dir, 'socket');
  const server: Server = createServer().listen(path);
  await once(server, 'listening');
  const [[there], here] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, connect(path)]);
  const wire = new ControlWire(there, receiver);
  return {
    here,
    there,
    wire,
    [Symbol.asyncDispose]: async () => {
      for (const socket of [here, there]) socket.destroy();
      server.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

it('whatever is said comes out as it was, wherever the stream is cut', () => {
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 })), cuts, (texts, at) => {
      const stream = Buffer.from(texts.map(frame).join(''));
      const places = [0, ...at.filter((place) => place < stream.length).sort((a, b) => a - b), stream.length];
      const reader = new FrameReader();
      const heard = places.flatMap((place, index) => reader.push(stream.subarray(places[index - 1] ?? 0, place)));
      expect(heard).toEqual(texts.map((text) => Buffer.from(text).toString()));
    }),
  );
});

it('requests are answered, each with its own answer, in whatever order these come', async () => {
  const first = Promise.withResolvers<unknown>();
  await using ends = await pair({
    requests: {
      slow: () => first.promise,
      quick: async (params) => {
        first.resolve('late');
        return params;
      },
    },
  });
  const client = new ControlWire(ends.here, {});
  const slow = client.request('slow', {});
  expect(await client.request('quick', { a: 'ä\n😀' })).toEqual({ a: 'ä\n😀' });
  expect(await slow).toBe('late');
});

it('an error arrives with its code and data; a method that nobody knows is one', async () => {
  await using ends = await pair({
    requests: {
      refuse: async () => {
        throw new ResponseError(-32000, 'no', { problem: { what: 'no' } });
      },
    },
  });
  const client = new ControlWire(ends.here, {});
  const expected = { code: -32000, message: 'no', data: { problem: { what: 'no' } } };
  await expect(client.request('refuse', {})).rejects.toMatchObject(expected);
  await expect(client.request('toString', {})).rejects.toMatchObject({ code: -32601 });
});

it('notifications arrive in order, and are told as written only then', async () => {
  const heard: unknown[] = [];
  const last = Promise.withResolvers<void>();
  await using ends = await pair({
    notified: (method, params) => {
      heard.push([method, params]);
      if (heard.length === 3) last.resolve();
    },
  });
  const client = new ControlWire(ends.here, {});
  await Promise.all([client.notify('one', { n: 1 }), client.notify('two'), client.notify('three', { n: 3 })]);
  await last.promise;
  expect(heard).toEqual([
    ['one', { n: 1 }],
    ['two', undefined],
    ['three', { n: 3 }],
  ]);
  ends.here.destroy();
  await expect(client.notify('four')).rejects.toThrow();
});

it.each([
  ['no header at all', `${'x'.repeat(2_000)}`],
  ['a header without a length', 'Content-Type: text\r\n\r\n{}'],
  ['a body that is no JSON', frame('{"jsonrpc"')],
])('%s ends the connection', async (_, text) => {
  await using ends = await pair();
  ends.here.resume().write(text);
  await once(ends.here, 'close');
});

it('half a message keeps nothing alive, and what is awaited can be given up', async () => {
  await using ends = await pair();
  ends.here.write('Content-Length: 1000\r\n\r\n{"jsonrpc"');
  const lost = ends.wire.request('anything', {});
  await once(ends.here, 'data');
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  ends.wire.abandon(new Error('gone'));
  await expect(lost).rejects.toThrow('gone');
  ends.here.destroy();
  await once(ends.there.resume(), 'close');
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(timers);
});
