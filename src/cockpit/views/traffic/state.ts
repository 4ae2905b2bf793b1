import type { Problem } from '../../../registry/problem.ts';
import type { TrafficDetail, TrafficEntry, TrafficPage } from '../../../supervisor/api.ts';

export interface TrafficState {
  /** Oldest first, safe to show, at most {@link KEPT}. */
  readonly entries: readonly TrafficEntry[];
  /** What to ask from next time. */
  readonly next: number;
  /** Start of the supervisor they are from, milliseconds since the epoch: another one counts anew. */
  readonly since: number | null;
  readonly latency: TrafficPage['latency'];
  /** Whether it was ever answered, and why not. */
  readonly isKnown: boolean;
  readonly problem: Problem | null;
  /** What is typed after `/`: every word must be found. */
  readonly filter: string;
  /** The newest request is selected, and stays at the bottom. */
  readonly follow: boolean;
  /** By number of the request; null while following. */
  readonly selected: number | null;
  /** The request on the first row; null while following. */
  readonly top: number | null;
  /** The newest request when the view was paused. */
  readonly pausedAt: number;
  readonly marked: ReadonlySet<number>;
  /** What the page of a request shows; null until it was answered. */
  readonly detail: TrafficDetail | null;
  /** The request whose details nobody has any more. */
  readonly forgotten: number | null;
}

/** Requests kept here. */
export const KEPT = 10_000;

export const initialTraffic: TrafficState = {
  entries: [],
  next: 0,
  since: null,
  latency: { p50: null, p95: null, p99: null },
  isKnown: false,
  problem: null,
  filter: '',
  follow: true,
  selected: null,
  top: null,
  pausedAt: 0,
  marked: new Set(),
  detail: null,
  forgotten: null,
};

export interface TrafficActions {
  /** The answer to what was asked from `after` on. */
  'traffic-polled': { readonly after: number; readonly page: TrafficPage };
  'traffic-not-polled': { readonly problem: Problem };
  'traffic-filtered': { readonly text: string };
  /** Selects a request and pauses; null: follows again. */
  'traffic-selected': { readonly seq: number | null };
  'traffic-marked': { readonly seqs: readonly number[]; readonly marked: boolean };
  'request-read': { readonly seq: number; readonly detail: TrafficDetail | null };
  'request-repeated': { readonly seq: number };
  'requests-kept': { readonly seqs: readonly number[] };
}
