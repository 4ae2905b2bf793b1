import { chmodSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { errnoCode } from '../registry/errno.ts';

/** A listening Unix socket (mode 0600) at a path. */
export interface ControlDoor {
  /** Nothing is at its path any more, so that nobody can come in. */
  isGone(): boolean;
  /** Stops listening and removes the file, unless it is somebody else's by now. Open connections stay open. */
  close(): void;
}

/**
 * Listens at `path`, in place of whatever a dead supervisor left there. The socket is made under another name: libuv
 * removes a socket by the name it was made with when it closes it, which may be a successor's by then.
 *
 * @throws when the folder is missing or cannot be written
 */
export async function openDoor(path: string, onConnection: (socket: Socket) => void): Promise<ControlDoor> {
  const server = createServer(onConnection);
  const maiden = join(dirname(path), `.${process.pid}`);
  remove(maiden);
  await listen(server, maiden);
  chmodSync(maiden, 0o600);
  const ours = inode(maiden);
  renameSync(maiden, path);
  return {
    isGone: () => inode(path) === null,
    close: () => {
      if (inode(path) === ours) remove(path);
      server.close();
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Null when nothing is there. A number stays ours for as long as the socket is open. */
function inode(path: string): number | null {
  return lstatSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
}
