import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { commandLine, readNonce } from './identity.ts';
import { type Listener, readListeners, socketsOf, whoHolds } from './listeners.ts';
import { shared } from './shared-reading.ts';

export { type Listener, readListeners };

/** Who listens on what, read after this call, shared by everyone who asks before that. */
export const nextListeners: () => Promise<Listeners> = shared(readListeners);

export type Listeners = ReadonlyMap<number, readonly Listener[]>;

/** Reads who listens when it is first needed, and once for all who need it in one pass over many units. */
export function listenersOnDemand(): () => Listeners {
  let listeners: Listeners | null = null;
  return () => {
    listeners ??= readListeners();
    return listeners;
  };
}

/** Each alone leaves others free: a listener on 127.0.0.1 does not keep anyone from ::1, nor the other way round. */
const HOSTS = ['127.0.0.1', '0.0.0.0', '::1', '::'];

/**
 * Whether somebody could listen on the port now, by trying it (R10): finds sockets that are bound but do not listen, too.
 * Advice only, as anyone may take the port a moment later. A port that may not be tried (below 1024) counts as free.
 */
export async function probePort(port: number): Promise<'free' | 'busy'> {
  for (const host of HOSTS) if (await isBusy(port, host)) return 'busy';
  return 'free';
}

function isBusy(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(false)));
  });
}

/** A listener that does not answer a knock in this time has its queue full (milliseconds). */
const KNOCK_MS = 500;

/**
 * Whether anybody accepts connections on 127.0.0.1 at that port, by knocking: a tenth of a millisecond, where the kernel
 * takes five or more to list all sockets.
 */
export function isListenedOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: KNOCK_MS });
    socket.once('error', () => resolve(false));
    socket.once('timeout', () => {
      resolve(true);
      socket.destroy();
    });
    socket.once('connect', () => {
      // A port that is handed out to outgoing connections may have been handed to this very one.
      const isItself = socket.localPort === port;
      resolve(!isItself);
      if (isItself) socket.resetAndDestroy();
      else socket.destroy();
    });
  });
}

/** Who listens on a port. Of a process that is not ours to inspect only the user is known. */
export interface Holder {
  readonly pid: number | null;
  /** Command line, may hold secrets. */
  readonly command: string | null;
  readonly uid: number;
  /** Name of that user, or `uid N`. */
  readonly user: string;
  /** Set when it is a process of a launch of ours. */
  readonly nonce: string | null;
}

/** Null when nobody listens; a socket that is only bound is found by {@link probePort} but has no holder to be named. */
export function portHolder(port: number): Holder | null {
  const listener = readListeners().get(port)?.[0];
  if (!listener) return null;
  const pid = whoHolds(listener);
  const nonce = pid === null ? null : readNonce(pid);
  return {
    pid,
    command: pid === null ? null : commandLine(pid),
    uid: listener.uid,
    user: userName(listener.uid),
    nonce: nonce === 'unreadable' ? null : nonce,
  };
}

/**
 * Whether one of `pids` is who answers on the port of this machine (R11). `other`: a stranger does, or at least on one of
 * the addresses that a client of this machine would try. One `listeners` serves any number of questions.
 */
export function ownsPort(
  port: number,
  pids: readonly number[],
  listeners: Listeners = readListeners(),
): 'own' | 'other' | 'none' {
  const here = listeners.get(port) ?? [];
  if (here.length === 0) return 'none';
  const sockets = socketsOf(pids);
  const [own, foreign] = [
    here.filter(({ inode }) => sockets.has(inode)),
    here.filter(({ inode }) => !sockets.has(inode)),
  ];
  return own.length > 0 && !foreign.some(isLocal) ? 'own' : 'other';
}

/** The first of `pids` that listens on the port; null when none does. */
export function firstListener(port: number, pids: readonly number[], listeners: Listeners): number | null {
  const here = listeners.get(port);
  if (!here) return null;
  const listens = (pid: number): boolean => {
    const sockets = socketsOf([pid]);
    return here.some(({ inode }) => sockets.has(inode));
  };
  return pids.find(listens) ?? null;
}

function isLocal({ address }: Listener): boolean {
  return /^(127\.|0\.0\.0\.0$|::1?$)/.test(address);
}

function userName(uid: number): string {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.split(':')[2] === String(uid));
    return line?.split(':')[0] ?? `uid ${uid}`;
  } catch {
    return `uid ${uid}`;
  }
}
