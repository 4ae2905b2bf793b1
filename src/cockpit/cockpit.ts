import { homedir } from 'node:os';
import { problemSentence } from '../registry/problem.ts';
import type { SupervisorEvent } from '../supervisor/api.ts';
import type { Action } from './action.ts';
import type { World } from './binding.ts';
import { BINDINGS, withOverrides } from './bindings.ts';
import { announce } from './frame/announce.ts';
import { dispatchKey, dispatchPaste } from './keys/dispatch.ts';
import type { Key } from './keys/key.ts';
import { LogBook } from './logs/log-book.ts';
import { Connection } from './runtime/connection.ts';
import { perform } from './runtime/effects.ts';
import { type Needs, needs, type Question } from './runtime/needs.ts';
import { problemOf } from './runtime/outside.ts';
import { Polling } from './runtime/polling.ts';
import type { CockpitPort, TerminalPort, Verdict } from './runtime/port.ts';
import { Publisher } from './runtime/publisher.ts';
import { askSupervisor, isFirstAnswer } from './runtime/questions.ts';
import { Store } from './runtime/store.ts';
import { drawScreen, type Screen } from './screen.ts';
import { initialState, type Size, type State } from './state.ts';
import { chooseGlyphs } from './theme/glyphs.ts';
import { chooseTheme, type Theme } from './theme/theme.ts';
import { unitOf } from './views/servers/select.ts';
import { type News, newsOf, sameHub } from './views/servers/settle-units.ts';

/** How soon news are shown, in milliseconds: what a key caused, what changed. */
const AT_ONCE = 0;
const GATHER = 40;
const SOON = 100;
const UNWATCHED_LOG = 1_000;
/**
 * How soon news of servers are shown. Twenty servers are probed twice a second: were each probe a frame of its own, an idle cockpit
 * would never rest. A server in trouble is another state, so nobody waits for that.
 */
const NEWS_WITHIN: Readonly<Record<News, number>> = { state: SOON, usage: 5_000, latency: 20_000, none: 20_000 };
/** Read out, news come at most so often. */
const READ_OUT = 1_000;

/**
 * The cockpit without a screen: keys in, state and rows out. It joins the pure parts (reducer, dispatcher, drawing) to the outside
 * (supervisor, logs, clock), and knows nothing of Ink.
 */
export class Cockpit {
  readonly theme: Theme;
  /** Settles when the cockpit is left, by key or by `leave`. */
  readonly finished: Promise<Verdict>;
  readonly #store: Store;
  readonly #publisher: Publisher;
  readonly #connection: Connection;
  readonly #book: LogBook;
  readonly #world: World;
  /** What the supervisor is asked again and again, while a view shows it. */
  readonly #polling = new Polling<Question>(async (question) => {
    const { state } = this.#store;
    const action = await askSupervisor(question, () => this.#connection.api, state);
    // The first answer is what somebody waits for who just came to the view.
    this.#dispatch(action, isFirstAnswer(question, state) ? AT_ONCE : SOON);
  });
  #finish: (verdict: Verdict) => void = () => {};
  readonly #isReadOut: boolean;
  #said: readonly string[] = [];
  #needs: Needs | null = null;
  #wake: NodeJS.Timeout | null = null;
  #gather: NodeJS.Timeout | null = null;

  constructor(port: CockpitPort, terminal: TerminalPort, size: Size) {
    const { env, version, mode, registryPath, preferences = {} } = port;
    this.theme = chooseTheme(preferences.theme, env, port.colour);
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#connection = new Connection(port.api ?? null, port.reconnect, {
      happened: (event) => this.#happened(event),
      lost: (reason, attempt) => this.#dispatch({ type: 'link-lost', reason, attempt }, AT_ONCE),
    });
    this.#book = new LogBook(port.logs, () => this.#linesWait());
    const { bindings, problems } = withOverrides(BINDINGS, preferences.keys ?? {});
    this.#world = { lines: this.#book, bindings, glyphs: chooseGlyphs(preferences.glyphs, env), now: Date.now };
    const setup = { version, mode, registryPath, home: env.HOME ?? homedir(), readOnly: port.readOnly ?? false };
    const outside = {
      port,
      terminal,
      connection: this.#connection,
      book: this.#book,
      state: () => this.#store.state,
      dispatch: (action: Action) => this.#dispatch(action, SOON),
      finish: (verdict: Verdict) => this.#finish(verdict),
    };
    this.#store = new Store(initialState(setup, size, Date.now()), (effect) => void perform(outside, effect));
    const shortest = port.screenReader === true ? READ_OUT : 0;
    this.#publisher = new Publisher(() => this.#publish(), terminal, shortest);
    this.#isReadOut = port.screenReader === true;
    for (const text of problems) this.tell('warn', text);
  }

  /** Connects to the supervisor; the screen need not wait for it. */
  async open(): Promise<void> {
    await this.#connection.open();
  }

  /** Presses in the order they were typed; each sees the state the one before it left. Shown at once. */
  press(keys: readonly Key[]): void {
    for (const key of keys) {
      this.#store.dispatch({ type: 'key-pressed', at: Date.now() });
      for (const action of dispatchKey(key, this.#store.state, this.#world)) this.#store.dispatch(action);
    }
    this.#changed(AT_ONCE);
  }

  paste(text: string): void {
    for (const action of dispatchPaste(text, this.#store.state, this.#world)) this.#store.dispatch(action);
    this.#changed(AT_ONCE);
  }

  resize(size: Size): void {
    this.#dispatch({ type: 'resized', ...size }, AT_ONCE);
  }

  /** Gives the terminal back to the shell, as Ctrl-Z does. */
  suspend(): void {
    this.#dispatch({ type: 'suspend-asked' }, AT_ONCE);
  }

  /** Draws everything anew: somebody else wrote to the terminal, or changed its modes. */
  redraw(): void {
    this.#dispatch({ type: 'redraw-asked' }, AT_ONCE);
  }

  /** Puts something into the message history, and on screen. */
  tell(level: 'info' | 'warn' | 'error', text: string): void {
    this.#dispatch({ type: 'told', level, text, server: null, at: Date.now() }, SOON);
  }

  draw(state: State): Screen {
    return drawScreen(state, this.#world);
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#store.subscribe(listener);
  readonly snapshot = (): State => this.#store.snapshot();
  /** Everything said so far, for a screen reader; empty where there is none. */
  readonly said = (): readonly string[] => this.#said;

  /** Ends from outside (a signal, a lost terminal): detaches without a question. */
  leave(verdict: Verdict): void {
    this.#connection.expectEnd();
    this.#finish(verdict);
  }

  /** Stops every timer and tail; nothing is shown after this. */
  async close(): Promise<void> {
    this.#publisher.close();
    this.#polling.close();
    for (const timer of [this.#wake, this.#gather]) if (timer !== null) clearTimeout(timer);
    this.#book.close();
    await this.#connection.close().catch(() => {});
  }

  #publish(): void {
    if (this.#isReadOut) {
      const before = this.#said.length === 0 ? null : this.#store.snapshot();
      const news = announce(before, this.#store.state, this.#world);
      if (news.length > 0) this.#said = [...this.#said, ...news];
    }
    this.#store.publish();
  }

  #dispatch(action: Action, within: number): void {
    if (this.#store.dispatch(action)) this.#changed(within);
  }

  #changed(within: number): void {
    this.#meetNeeds(needs(this.#store.state));
    this.#publisher.request(within);
  }

  #happened(event: Exclude<SupervisorEvent, { type: 'closed' }>): void {
    const at = Date.now();
    if (event.type === 'snapshot') {
      const isAwaited = this.#store.state.link.status !== 'live';
      this.#dispatch({ type: 'snapshot-taken', snapshot: event.snapshot, at }, isAwaited ? AT_ONCE : SOON);
    } else if (event.type === 'message') {
      const { level, text, server } = event;
      this.#dispatch({ type: 'told', level, text, server, at: event.at }, SOON);
    } else {
      const { units, hub } = event;
      const { state } = this.#store;
      const news = units.map((unit): News => newsOf(unitOf(state, unit.name), unit));
      if (hub !== undefined && !sameHub(state.hub, hub)) news.push('usage');
      const within = Math.min(...news.map((one) => NEWS_WITHIN[one]));
      this.#dispatch({ type: 'units-changed', units, hub, at }, within);
    }
  }

  #linesWait(): void {
    this.#gather ??= setTimeout(() => {
      this.#gather = null;
      const gathered = this.#book.gather(Date.now());
      const isWatched = !(this.#needs?.paused ?? false);
      this.#dispatch({ type: 'logs-gathered', ...gathered }, isWatched ? GATHER : UNWATCHED_LOG);
    }, GATHER);
  }

  #meetNeeds(next: Needs): void {
    const before = this.#needs;
    this.#needs = next;
    const sameLogs = before?.paused === next.paused && before.logs.join('\n') === next.logs.join('\n');
    if (!sameLogs) this.#book.show(next.logs, next.paused);
    this.#polling.keep(next.polls);
    const { request } = next;
    const isRead = before?.request?.seq === request?.seq && before?.request?.stamp === request?.stamp;
    if (request !== null && !isRead) void this.#read(request.seq);
    const { describe } = next;
    const isAsked = before?.describe?.name === describe?.name && before?.describe?.stamp === describe?.stamp;
    if (describe !== null && !isAsked) void this.#describe(describe.name);
    if (next.wakeAt === before?.wakeAt) return;
    if (this.#wake !== null) clearTimeout(this.#wake);
    this.#wake = next.wakeAt === null ? null : setTimeout(() => this.#tick(), Math.max(0, next.wakeAt - Date.now()));
  }

  #tick(): void {
    this.#wake = null;
    // A wake-up that came a little early must still reach the moment it was set for.
    const now = Math.max(Date.now(), this.#needs?.wakeAt ?? 0);
    this.#needs = this.#needs === null ? null : { ...this.#needs, wakeAt: null };
    this.#dispatch({ type: 'ticked', now }, AT_ONCE);
  }

  async #read(seq: number): Promise<void> {
    try {
      const detail = await this.#connection.api.message(seq);
      this.#dispatch({ type: 'request-read', seq, detail }, AT_ONCE);
    } catch (error) {
      const text = problemSentence(problemOf(error, 'could not read the request'));
      this.#dispatch({ type: 'told', level: 'error', text, server: null, at: Date.now() }, AT_ONCE);
    }
  }

  async #describe(name: string): Promise<void> {
    try {
      const detail = await this.#connection.api.describe(name);
      this.#dispatch({ type: 'server-described', name, detail }, AT_ONCE);
    } catch (error) {
      const problem = problemOf(error, `could not describe ${name}`);
      this.#dispatch({ type: 'server-not-described', name, problem: { what: problemSentence(problem) } }, AT_ONCE);
    }
  }
}
