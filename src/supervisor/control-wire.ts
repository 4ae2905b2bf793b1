import type { Socket } from 'node:net';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';

/** JSON-RPC over a socket, for both ends. Nothing is read before `listen()`. */
export function wire(socket: Socket): MessageConnection {
  const reader = new StreamMessageReader(socket);
  // The reader's reminder of a message that arrived only in part starts itself again for ever, also when the socket is
  // gone: a command that left in the middle of a message never ended.
  reader.partialMessageTimeout = 0;
  return createMessageConnection(reader, new StreamMessageWriter(socket));
}
