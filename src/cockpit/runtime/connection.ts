import { ProblemError } from '../../registry/problem.ts';
import type { SupervisorApi, SupervisorEvent } from '../../supervisor/api.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

/** How long to wait before the `attempt`th try (from 1) to reach a new supervisor. */
export const reconnectDelay = (attempt: number): number =>
  Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));

export interface ConnectionEvents {
  happened(event: Exclude<SupervisorEvent, { type: 'closed' }>): void;
  /** No supervisor since `reason`; the `attempt`th try to reach one is next. */
  lost(reason: string, attempt: number): void;
}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The line to the supervisor: subscribes, and when it breaks finds the next supervisor, for as long as the cockpit is open. */
export class Connection {
  #api: SupervisorApi | null;
  readonly #reconnect: () => Promise<SupervisorApi>;
  readonly #events: ConnectionEvents;
  #unsubscribe: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(api: SupervisorApi | null, reconnect: () => Promise<SupervisorApi>, events: ConnectionEvents) {
    this.#api = api;
    this.#reconnect = reconnect;
    this.#events = events;
  }

  /** @throws ProblemError while no supervisor was ever reached. */
  get api(): SupervisorApi {
    if (this.#api === null) throw new ProblemError({ what: 'no supervisor was reached yet' });
    return this.#api;
  }

  async open(): Promise<void> {
    try {
      if (this.#api === null) await this.#reach();
      else await this.#subscribe(this.#api);
    } catch (error) {
      this.#retry(sentence(error), 1);
    }
  }

  /** From here on a line that breaks is what was wanted. */
  expectEnd(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Lets go; the supervisor, when it is a process of its own, goes on. */
  async close(): Promise<void> {
    this.expectEnd();
    this.#unsubscribe?.();
    await this.#api?.close();
  }

  async #reach(): Promise<void> {
    const api = await this.#reconnect();
    if (this.#isClosed) {
      await api.close();
      return;
    }
    this.#api = api;
    await this.#subscribe(api);
  }

  async #subscribe(api: SupervisorApi): Promise<void> {
    let isOver = false;
    const unsubscribe = await api.subscribe((event) => {
      if (isOver || this.#isClosed || api !== this.#api) return;
      if (event.type !== 'closed') return this.#events.happened(event);
      isOver = true;
      this.#unsubscribe = null;
      this.#retry(event.reason, 1);
    });
    if (this.#isClosed) unsubscribe();
    else if (!isOver) this.#unsubscribe = unsubscribe;
  }

  #retry(reason: string, attempt: number): void {
    if (this.#isClosed) return;
    this.#events.lost(reason, attempt);
    this.#timer = setTimeout(() => void this.#try(reason, attempt), reconnectDelay(attempt));
  }

  async #try(reason: string, attempt: number): Promise<void> {
    try {
      await this.#reach();
    } catch {
      this.#retry(reason, attempt + 1);
    }
  }
}
