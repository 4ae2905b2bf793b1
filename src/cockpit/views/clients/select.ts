import type { ClientView } from '../../../supervisor/api.ts';
import { paneOf } from '../../frame/layout.ts';
import { remembered } from '../../remembered.ts';
import type { State } from '../../state.ts';

/** Connected ones first, then those seen last. */
export const listedClients = remembered(
  ({ clients }: State) => [clients.view],
  ({ clients: { view } }: State): readonly ClientView[] =>
    [...(view?.clients ?? [])].sort((a, b) => Number(b.connected) - Number(a.connected) || a.since - b.since),
);

export const clientOf = (state: State, id: string): ClientView | null =>
  listedClients(state).find((client) => client.id === id) ?? null;

export const selectedClient = (state: State): ClientView | null =>
  state.clients.selected === null ? null : clientOf(state, state.clients.selected);

/** Rows for clients: one is the summary, one the heading. */
export const clientsHeight = (state: State): number => Math.max(1, paneOf(state, 'clients').height - 2);
