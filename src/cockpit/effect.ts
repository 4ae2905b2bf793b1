import type { ServerVerb } from './action.ts';
import type { CallCase } from './calls/suite.ts';
import type { Args } from './form/values.ts';
import type { Undo } from './state.ts';

/** What the reducer wants done outside; the effect runner does it and answers with actions. */
export interface EffectMap {
  command: { readonly work: number; readonly verb: ServerVerb; readonly names: readonly string[] };
  reload: { readonly work: number };
  copy: { readonly text: string; readonly what: string };
  'write-log': { readonly name: string; readonly text: string; readonly lines: number };
  'reload-logs': { readonly servers: readonly string[] };
  edit: { readonly path: string; readonly name: string };
  undo: { readonly undo: Undo };
  call: { readonly work: number; readonly server: string; readonly tool: string; readonly args: Args };
  'accept-tools': { readonly server: string };
  /** Looks up what was called, for its form. */
  repeat: { readonly seq: number };
  'keep-requests': { readonly seqs: readonly number[] };
  'keep-case': { readonly kept: CallCase };
  redraw: Readonly<Record<never, never>>;
  suspend: Readonly<Record<never, never>>;
  leave: { readonly how: 'detach' | 'stop-all' | 'interrupt' };
}
export type EffectType = keyof EffectMap;
export type Effect<T extends EffectType = EffectType> = { [P in T]: { readonly type: P } & EffectMap[P] }[T];
