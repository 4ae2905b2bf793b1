import type { State } from '../state.ts';

/** Starts something outside that will answer later. */
export function withWork(
  state: State,
  label: string,
  cancel: string | null,
): { readonly state: State; readonly work: number } {
  const work = state.nextId;
  const added = { id: work, label, startedAt: state.now, cancel };
  return { state: { ...state, nextId: work + 1, work: [...state.work, added] }, work };
}

export const withoutWork = (state: State, work: number): State => ({
  ...state,
  work: state.work.filter(({ id }) => id !== work),
});
