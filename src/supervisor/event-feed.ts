import type { HubView, Snapshot, SupervisorEvent, UnitView } from './api.ts';

/** How long changes of units are collected before subscribers hear of them (milliseconds). */
const COALESCE_MS = 100;

/** Tells subscribers what changed, at most ten times a second however much happens. */
export class EventFeed {
  readonly #hub: () => HubView | null;
  readonly #listeners = new Set<(event: SupervisorEvent) => void>();
  readonly #changed = new Map<string, () => UnitView>();
  #wantsSnapshot: (() => Snapshot) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastAt = 0;

  /** `hub`: read when an event goes out; its clients and calls change with the units they use. */
  constructor(hub: () => HubView | null) {
    this.#hub = hub;
  }

  get size(): number {
    return this.#listeners.size;
  }

  add(listener: (event: SupervisorEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A unit changed; its row is read when the event goes out. */
  unitChanged(name: string, view: () => UnitView): void {
    if (this.#listeners.size === 0) return;
    this.#changed.set(name, view);
    this.#schedule();
  }

  /** The set of units, the registry or a banner changed. */
  everythingChanged(snapshot: () => Snapshot): void {
    if (this.#listeners.size === 0) return;
    this.#wantsSnapshot = snapshot;
    this.#schedule();
  }

  emit(event: SupervisorEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  end(reason: string): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.emit({ type: 'closed', reason });
    this.#listeners.clear();
  }

  /** The first change after a pause goes out at once, so that a key press is answered at once. */
  #schedule(): void {
    if (this.#timer) return;
    const wait = Math.max(0, this.#lastAt + COALESCE_MS - performance.now());
    this.#timer = setTimeout(() => this.#flush(), wait);
  }

  #flush(): void {
    this.#timer = null;
    this.#lastAt = performance.now();
    const snapshot = this.#wantsSnapshot;
    const units = [...this.#changed.values()].map((view) => view());
    this.#wantsSnapshot = null;
    this.#changed.clear();
    if (snapshot) this.emit({ type: 'snapshot', snapshot: snapshot() });
    else if (units.length > 0) {
      const hub = this.#hub();
      this.emit({ type: 'units', units, ...(hub && { hub }) });
    }
  }
}
