import type { ClientsView, ClientView } from '../../../supervisor/api.ts';
import { inSight } from '../../frame/list.ts';
import type { State } from '../../state.ts';
import { type Handlers, step } from '../../step.ts';
import { tame } from '../../text/tame.ts';
import { clientsHeight, listedClients } from './select.ts';
import type { ClientsActions, ClientsState } from './state.ts';

const change = (state: State, clients: Partial<ClientsState>): State => ({
  ...state,
  clients: { ...state.clients, ...clients },
});

export const clientsHandlers: Handlers<keyof ClientsActions> = {
  'clients-listed': (state, { view }) => {
    const { view: known, problem } = state.clients;
    const safe = { ...view, clients: view.clients.map(tameClient) };
    const isSame = known !== null && problem === null && shownText(known) === shownText(safe);
    return step(isSame ? state : change(state, { view: safe, problem: null }));
  },
  'clients-not-listed': (state, { problem }) => step(change(state, { problem })),
  'client-selected': (state, { id }) => step(change(state, { selected: id })),
};

/** What a client says of itself, made safe to show. */
function tameClient(client: ClientView): ClientView {
  const { name, version, command, revision, endpoint } = client;
  return {
    ...client,
    name: tame(name, 80),
    version: version === null ? null : tame(version, 40),
    command: command === null ? null : tame(command, 1_000),
    revision: revision === null ? null : tame(revision, 40),
    endpoint: tame(endpoint, 120),
  };
}

/** While it is connected, nothing shows when a client was seen last. */
const shownText = (view: ClientsView): string =>
  JSON.stringify(view, (key, value: unknown) => (key === 'lastSeen' ? null : value)) +
  view.clients.map(({ connected, lastSeen }) => (connected ? '' : Math.floor(lastSeen / 1000))).join();

/** After every action: the selection follows the client, or goes to the one in its place. */
export function settleClients(state: State): State {
  const listed = listedClients(state);
  const { selected, place, top } = state.clients;
  const known = listed.findIndex(({ id }) => id === selected);
  const index = Math.max(0, known === -1 ? Math.min(place, listed.length - 1) : known);
  const id = listed[index]?.id ?? null;
  const first = inSight(top, index, clientsHeight(state), listed.length);
  return id === selected && index === place && first === top
    ? state
    : change(state, { selected: id, place: index, top: first });
}
