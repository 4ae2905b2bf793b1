import type { State } from '../../state.ts';
import { type Handlers, step } from '../../step.ts';
import { mergeEntries, tameEntry } from './merge.ts';
import { firstIndex, openRequest, shownEntries } from './select.ts';
import { initialTraffic, type TrafficActions, type TrafficState } from './state.ts';

const change = (state: State, traffic: Partial<TrafficState>): State => ({
  ...state,
  traffic: { ...state.traffic, ...traffic },
});

const sameLatency = (a: TrafficState['latency'], b: TrafficState['latency']): boolean =>
  a.p50 === b.p50 && a.p95 === b.p95 && a.p99 === b.p99;

const newest = ({ traffic: { entries } }: State): number => entries.at(-1)?.seq ?? 0;

export const trafficHandlers: Handlers<keyof TrafficActions> = {
  'traffic-polled': (state, { after, page }) => {
    const { next, isKnown, problem, entries } = state.traffic;
    // An answer to a question from before the supervisor was replaced.
    if (after !== next) return step(state);
    const isSame = isKnown && problem === null && page.next === next && page.entries.length === 0;
    const latency = sameLatency(state.traffic.latency, page.latency) ? state.traffic.latency : page.latency;
    if (isSame && latency === state.traffic.latency) return step(state);
    const merged = mergeEntries(entries, page.entries);
    return step(change(state, { entries: merged, next: page.next, latency, isKnown: true, problem: null }));
  },
  'traffic-not-polled': (state, { problem }) => step(change(state, { problem })),
  'traffic-filtered': (state, { text }) => step(change(state, { filter: text })),
  'traffic-selected': (state, { seq }) => {
    if (seq === null) return step(change(state, { follow: true, selected: null, top: null }));
    const pausedAt = state.traffic.follow ? newest(state) : state.traffic.pausedAt;
    const top = shownEntries(state)[firstIndex(state)]?.seq ?? null;
    return step(change(state, { follow: false, selected: seq, top, pausedAt }));
  },
  'traffic-marked': (state, { seqs, marked }) => {
    const set = new Set(state.traffic.marked);
    for (const seq of seqs) {
      if (marked) set.add(seq);
      else set.delete(seq);
    }
    return step(change(state, { marked: set }));
  },
  'request-read': (state, { seq, detail }) => {
    if (openRequest(state) !== seq) return step(state);
    // What was read before it was forgotten stays on the page.
    if (detail === null && state.traffic.detail?.entry.seq === seq) return step(state);
    const shown = detail === null ? null : { ...detail, entry: tameEntry(detail.entry) };
    return step(change(state, { detail: shown, forgotten: detail === null ? seq : null }));
  },
  'request-repeated': (state, { seq }) => step(state, { type: 'repeat', seq }),
  'requests-kept': (state, { seqs }) => step(state, { type: 'keep-requests', seqs }),
};

/** After every action: a new supervisor starts a new record, and what is scrolled to or marked is what is there. */
export function settleTraffic(state: State): State {
  const since = state.supervisor?.startedAt ?? state.traffic.since;
  if (since !== state.traffic.since) {
    const { filter } = state.traffic;
    return change(state, { ...initialTraffic, since, filter });
  }
  return scrolled(withoutDetail(state));
}

/** The first row follows the selection, so that a row scrolled to stays where it is while others come. */
function scrolled(state: State): State {
  const { follow, top, marked, entries } = state.traffic;
  const oldest = entries[0]?.seq ?? 0;
  const kept = [...marked].every((seq) => seq >= oldest) ? marked : new Set([...marked].filter((seq) => seq >= oldest));
  const first = follow ? null : (shownEntries(state)[firstIndex(state)]?.seq ?? null);
  return first === top && kept === marked ? state : change(state, { top: first, marked: kept });
}

function withoutDetail(state: State): State {
  const { detail, forgotten } = state.traffic;
  const open = openRequest(state);
  const isStale = (detail !== null && detail.entry.seq !== open) || (forgotten !== null && forgotten !== open);
  return isStale ? change(state, { detail: null, forgotten: null }) : state;
}
