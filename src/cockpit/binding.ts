import type { Action } from './action.ts';
import type { Key } from './keys/key.ts';
import type { LogLines } from './logs/log-lines.ts';
import type { Confirmation, State, Topic, ViewId } from './state.ts';
import type { Glyphs } from './theme/glyphs.ts';

/** Where a key is listened to: everywhere, in a focused pane, on a page (or one about a topic), in a list, in a question, in a form. */
export type Scope = 'global' | ViewId | 'page' | `page:${Topic['type']}` | 'picker' | 'confirm' | 'form';

/** What commands may look at besides the state. */
export interface World {
  readonly lines: LogLines;
  /** All bindings, with the user's own keys. */
  readonly bindings: readonly Binding[];
  readonly glyphs: Glyphs;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * One thing the user can do, as data. The footer, the help, the palette, the README's key table and the test for duplicate keys all
 * read the same list; a command without keys is in the palette alone.
 */
export interface Binding {
  /** Stable name, `servers.restart`: what overrides in the settings refer to. */
  readonly id: string;
  readonly keys: readonly Key[];
  readonly scopes: readonly Scope[];
  /** One or two words, for the footer. */
  readonly label: string;
  /** The label where it depends on the state. */
  readonly labelNow?: (state: State) => string;
  /** A sentence without a full stop, for help, palette and README. */
  readonly description: string;
  readonly group: string;
  /** The higher the longer it stays in a narrow footer; 0 is never there. */
  readonly priority: number;
  /** Changes servers or configuration: gone with `--read-only`. */
  readonly dangerous: boolean;
  /** The question to ask first, or null when this time none is needed. */
  readonly confirm?: (state: State) => Confirmation | null;
  /** Why it does nothing now; null when it does something. */
  readonly disabledReason?: (state: State) => string | null;
  /** The same as a command line, for `C`. */
  readonly commandLine?: (state: State) => string | null;
  /** `key` is the one pressed; null when the command was chosen from a list. */
  readonly act: (state: State, world: World, key: Key | null) => readonly Action[];
}
