import type { TrafficEntry } from '../../../supervisor/api.ts';
import { tame } from '../../text/tame.ts';
import { KEPT } from './state.ts';

/** A request with every text of others made safe to show, and bounded. */
export function tameEntry(entry: TrafficEntry): TrafficEntry {
  const { client, server, method, subject, error } = entry;
  return {
    ...entry,
    client: { id: client.id, name: tame(client.name, 64) },
    server: server === null ? null : tame(server, 64),
    method: tame(method, 80),
    subject: subject === null ? null : tame(subject, 200),
    error: error === null ? null : tame(error, 300),
  };
}

/** Where the request of that number stands, or would stand. */
export function placeOf(entries: readonly TrafficEntry[], seq: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.seq ?? Number.POSITIVE_INFINITY) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The list with `news` in it: new requests at the end, answered ones in their place, the oldest beyond {@link KEPT} gone. */
export function mergeEntries(entries: readonly TrafficEntry[], news: readonly TrafficEntry[]): readonly TrafficEntry[] {
  if (news.length === 0) return entries;
  const merged = [...entries];
  for (const entry of news) {
    const place = placeOf(merged, entry.seq);
    merged.splice(place, merged[place]?.seq === entry.seq ? 1 : 0, tameEntry(entry));
  }
  return merged.length > KEPT ? merged.slice(-KEPT) : merged;
}
