import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { wire } from '../../src/supervisor/control-wire.ts';
import { temporaryHome } from '../helpers/home.ts';
import { waitFor } from '../helpers/wait.ts';

/** Timers that keep this process alive. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

it('a connection that ends in the middle of a message leaves nothing behind that keeps the process alive', async () => {
  await using home = await temporaryHome();
  const path = join(home.dir, 'socket');
  const server: Server = createServer((socket) => socket.write('Content-Length: 1000\r\n\r\n{"jsonrpc"')).listen(path);
  await once(server, 'listening');
  const before = timers();
  const socket = connect(path);
  const connection = wire(socket);
  connection.listen();
  await waitFor('the half message', () => socket.bytesRead > 20);
  connection.dispose();
  socket.destroy();
  await once(socket, 'close');
  expect(timers()).toBe(before);
  server.close();
});
