import type { Action } from '../../src/cockpit/action.ts';
import type { World } from '../../src/cockpit/binding.ts';
import { BINDINGS } from '../../src/cockpit/bindings.ts';
import type { Effect } from '../../src/cockpit/effect.ts';
import { dispatchKey, dispatchPaste } from '../../src/cockpit/keys/dispatch.ts';
import type { Key } from '../../src/cockpit/keys/key.ts';
import { LogBook, type LogLimits } from '../../src/cockpit/logs/log-book.ts';
import { reduce } from '../../src/cockpit/reducer.ts';
import { needs } from '../../src/cockpit/runtime/needs.ts';
import { drawScreen } from '../../src/cockpit/screen.ts';
import { initialState, type Setup, type State } from '../../src/cockpit/state.ts';
import { plain } from '../../src/cockpit/text/line.ts';
import { UNICODE } from '../../src/cockpit/theme/glyphs.ts';
import type { UnitView } from '../../src/supervisor/api.ts';
import { EVERY_STATE, NOON, StagedLogs } from './staged.ts';

const SETUP: Setup = {
  version: '0.1.0',
  mode: 'detached',
  registryPath: '/home/dev/.mcp-servers.json',
  home: '/home/dev',
  readOnly: false,
};

/** The pure parts of the cockpit put together without a terminal and without time: press keys, look at state and rows. */
export class StagedCockpit {
  state: State;
  readonly effects: Effect[] = [];
  readonly logs = new StagedLogs();
  readonly book: LogBook;
  readonly world: World;
  now = NOON;

  constructor({
    units = EVERY_STATE,
    columns = 120,
    rows = 40,
    setup = {},
    limits,
  }: {
    readonly units?: readonly UnitView[];
    readonly columns?: number;
    readonly rows?: number;
    readonly setup?: Partial<Setup>;
    readonly limits?: LogLimits;
  } = {}) {
    this.book = new LogBook(this.logs, () => {}, limits);
    this.world = { lines: this.book, bindings: BINDINGS, glyphs: UNICODE, now: () => this.now };
    this.state = initialState({ ...SETUP, ...setup }, { columns, rows }, this.now);
    this.snapshot(units);
  }

  do(...actions: readonly Action[]): void {
    for (const action of actions) {
      const { state, effects } = reduce(this.state, action);
      this.state = state;
      this.effects.push(...effects);
      const { logs, paused } = needs(state);
      this.book.show(logs, paused);
    }
  }

  press(...keys: readonly Key[]): void {
    for (const key of keys) {
      this.do({ type: 'key-pressed', at: this.now });
      this.do(...dispatchKey(key, this.state, this.world));
    }
  }

  paste(text: string): void {
    this.do(...dispatchPaste(text, this.state, this.world));
  }

  snapshot(units: readonly UnitView[]): void {
    const snapshot = {
      supervisor: { pid: 41200, version: '0.1.0', startedAt: NOON, runtimeDir: '/run', mode: 'detached', clients: 1 },
      registry: { path: SETUP.registryPath, problems: [], warnings: [] },
      units,
      hub: null,
      banners: [],
    } as const;
    this.do({ type: 'snapshot-taken', snapshot, at: this.now });
  }

  change(...units: readonly UnitView[]): void {
    this.do({ type: 'units-changed', units, at: this.now });
  }

  /** Writes lines and lets them arrive. */
  async write(server: string, lines: Parameters<StagedLogs['write']>[1]): Promise<void> {
    this.logs.write(server, lines);
    await this.deliver();
  }

  /** Lets the lines arrive that tails found, or that were written. */
  async deliver(): Promise<void> {
    await Promise.resolve();
    this.do({ type: 'logs-gathered', ...this.book.gather(this.now) });
  }

  /** The screen as text, one string per row, frame included. */
  rows(): string[] {
    const screen = drawScreen(this.state, this.world);
    const panes = screen.panes.flatMap(({ rule, rows, height }) => [
      ...(rule === null ? [] : [plain(rule)]),
      ...rows.map(plain),
      ...Array.from({ length: height - rows.length }, () => ''),
    ]);
    return [...screen.above.map(plain), ...panes, ...screen.below.map(plain)];
  }

  text(): string {
    const { overlay } = drawScreen(this.state, this.world);
    return [...this.rows(), ...(overlay?.rows.map(plain) ?? [])].join('\n');
  }

  /** Rows of the log pane. */
  log(): string[] {
    const found = drawScreen(this.state, this.world).panes.find(({ id }) => id === 'logs');
    return found?.rows.map((row) => plain(row).trimEnd()) ?? [];
  }

  /** What is told at the bottom of the screen. */
  get told(): string {
    return this.state.toasts.at(-1)?.message.text ?? '';
  }
}
