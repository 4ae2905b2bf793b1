import type { View } from '../view.ts';
import { logsView } from './logs/logs.ts';
import { serversView } from './servers/servers.ts';

/** The numbered views in the order of their numbers. A new one is a folder here, its slice in `state.ts`, and a line in this list. */
export const VIEWS: readonly View[] = [serversView, logsView];
