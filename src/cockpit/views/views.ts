import type { View } from '../view.ts';
import { clientsView } from './clients/clients.ts';
import { logsView } from './logs/logs.ts';
import { serversView } from './servers/servers.ts';
import { toolsView } from './tools/tools.ts';
import { trafficView } from './traffic/traffic.ts';

/** The numbered views in the order of their numbers. A new one is a folder here, its slice in `state.ts`, and a line in this list. */
export const VIEWS: readonly View[] = [serversView, logsView, trafficView, toolsView, clientsView];
