import type { Action, ActionMap, ActionType } from './action.ts';
import { frameHandlers } from './frame/reduce.ts';
import type { State } from './state.ts';
import type { Handlers, Step } from './step.ts';
import { clientsHandlers, settleClients } from './views/clients/reduce.ts';
import { logsHandlers, settleLogs } from './views/logs/reduce.ts';
import { serversHandlers, settleServers } from './views/servers/reduce.ts';
import { settleTools, toolsHandlers } from './views/tools/reduce.ts';
import { settleTraffic, trafficHandlers } from './views/traffic/reduce.ts';

const handlers: Handlers<keyof ActionMap> = {
  ...frameHandlers,
  ...serversHandlers,
  ...logsHandlers,
  ...trafficHandlers,
  ...toolsHandlers,
  ...clientsHandlers,
};

/** Run after every action: what must hold whatever happened. */
const settlers: readonly ((state: State) => State)[] = [
  settleServers,
  settleLogs,
  settleTraffic,
  settleTools,
  settleClients,
];

/** The next state, and what is to be done outside. Pure: nothing here reads a clock, a file or the supervisor. */
export function reduce<T extends ActionType>(state: State, action: Action<T>): Step {
  const { state: next, effects } = handlers[action.type](state, action);
  return { state: next === state ? state : settlers.reduce((settled, settle) => settle(settled), next), effects };
}
