import { setTimeout as sleep } from 'node:timers/promises';
import { asPeerError } from './peer-error.ts';
import type { SseItem } from './sse-parser.ts';

/** How far a stream was read. */
export interface StreamPosition {
  /** The id of the last event that had one; empty where none had. */
  readonly lastEventId: string;
  /** How long to wait before coming again, as the server wants it; null where it did not say. Milliseconds. */
  readonly retryMs: number | null;
}

/** Gets each event; `done` when nothing more is wanted. */
export type TakeEvent = (item: SseItem) => 'more' | 'done';

/** Between the end of a stream and the next attempt. Milliseconds. */
const FIRST_WAIT_MS = 1000;
/** However soon a server wants to see us again. */
const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;
/** Attempts in a row that reach nobody before an answer is given up. */
const MAX_FAILURES = 5;

/**
 * Keeps the stream open on which a legacy server speaks unasked: opens it again when it ends, the later the more often that
 * fails, and lets the server fill in what was missed. Resolves when the server says that it has no such stream.
 */
export async function keepListening(
  open: (from: StreamPosition | null) => Promise<StreamPosition>,
  isClosed: () => boolean,
): Promise<void> {
  let position: StreamPosition | null = null;
  for (let wait = FIRST_WAIT_MS; !isClosed(); wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
    const began = performance.now();
    let wanted = wait;
    try {
      position = further(position, await open(position));
      wanted = position.retryMs ?? wait;
    } catch (error) {
      if (isRefusal(error)) return;
    }
    if (performance.now() - began > LONGEST_WAIT_MS) wait = FIRST_WAIT_MS;
    await sleep(bounded(wanted), undefined, { ref: false });
  }
}

/**
 * Reads on where the stream of an answer broke off (2025-03-26 to 2025-11-25, resumability and redelivery). Resolves when
 * `isDone`, or when the server will not go on; it may break off as often as it likes, that is how servers let clients poll.
 */
export async function readOn(
  from: StreamPosition,
  open: (from: StreamPosition) => Promise<StreamPosition>,
  isDone: () => boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  let position = from;
  for (let failures = 0; !isDone() && failures < MAX_FAILURES && !signal?.aborted; ) {
    await pause((position.retryMs ?? FIRST_WAIT_MS) * 2 ** failures, signal);
    try {
      position = further(position, await open(position));
      failures = 0;
    } catch (error) {
      if (isRefusal(error)) return;
      failures += 1;
    }
  }
}

/** A stream without ids of its own leaves the position where it was. */
function further(before: StreamPosition | null, { lastEventId, retryMs }: StreamPosition): StreamPosition {
  return { lastEventId: lastEventId || (before?.lastEventId ?? ''), retryMs: retryMs ?? before?.retryMs ?? null };
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(bounded(ms), undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

function bounded(ms: number): number {
  return Math.max(SHORTEST_WAIT_MS, Math.min(LONGEST_WAIT_MS, ms));
}

/** It answered, and will answer the same again. A session it forgot is begun anew by the next request. */
function isRefusal(error: unknown): boolean {
  const { status } = asPeerError(error);
  return status !== null && status >= 400 && status < 500;
}
