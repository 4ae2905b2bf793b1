import type { SupervisorApi } from '../../supervisor/api.ts';
import type { Action } from '../action.ts';
import type { State } from '../state.ts';
import type { Question } from './needs.ts';
import { problemOf } from './outside.ts';

/** The newest requests asked for at once; no more are kept by the supervisor. */
const PAGE = 2_000;

type Ask = (api: SupervisorApi, state: State) => Promise<Action>;

const ASK: Readonly<Record<Question, Ask>> = {
  traffic: async (api, { traffic: { next: after } }) => ({
    type: 'traffic-polled',
    after,
    page: await api.traffic({ after, limit: PAGE }),
  }),
  tools: async (api) => ({ type: 'tools-listed', servers: await api.tools(null) }),
  clients: async (api) => ({ type: 'clients-listed', view: await api.clients() }),
};

const FAILED = {
  traffic: 'traffic-not-polled',
  tools: 'tools-not-listed',
  clients: 'clients-not-listed',
} as const satisfies Record<Question, Action['type']>;

/** Asks the supervisor; the answer, or why there is none, is an action. */
export async function askSupervisor(question: Question, api: () => SupervisorApi, state: State): Promise<Action> {
  try {
    return await ASK[question](api(), state);
  } catch (error) {
    return { type: FAILED[question], problem: problemOf(error, `the supervisor does not say (${question})`) };
  }
}

/** Whether nothing of a view is known yet. */
export function isFirstAnswer(question: Question, { traffic, tools, clients }: State): boolean {
  return { traffic: !traffic.isKnown, tools: !tools.isKnown, clients: clients.view === null }[question];
}
