import type { Problem } from '../../../registry/problem.ts';
import type { ClientsView } from '../../../supervisor/api.ts';

export interface ClientsState {
  /** Null until the supervisor has answered. */
  readonly view: ClientsView | null;
  readonly problem: Problem | null;
  /** Id of the selected client. */
  readonly selected: string | null;
  /** Place of the selected client, for when it is gone. */
  readonly place: number;
  /** Client on the first row. */
  readonly top: number;
}

export const initialClients: ClientsState = { view: null, problem: null, selected: null, place: 0, top: 0 };

export interface ClientsActions {
  'clients-listed': { readonly view: ClientsView };
  'clients-not-listed': { readonly problem: Problem };
  'client-selected': { readonly id: string };
}
