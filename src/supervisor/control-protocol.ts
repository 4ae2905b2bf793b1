import * as z from 'zod';
import type {
  CallOutcome,
  ClientsView,
  Outcome,
  RegistryView,
  ServerTools,
  Snapshot,
  SupervisorInfo,
  TrafficDetail,
  TrafficPage,
  UnitDetail,
} from './api.ts';

/**
 * The control socket: JSON-RPC 2.0 with Content-Length framing over a Unix socket that only its owner
 * can open. Parameters are checked here; results are the types of `api.ts`.
 */

const names = z.array(z.string().min(1).max(200)).max(10_000);
const startOptions = z.object({
  waitMs: z.number().nonnegative().nullable(),
  env: z.record(z.string(), z.string()).optional(),
  callerEnv: z.record(z.string(), z.string()).optional(),
});

/** Parameters by method, as the supervisor accepts them. */
export const REQUESTS = {
  hello: z.object({ control: z.int(), version: z.string() }),
  info: z.object({}),
  snapshot: z.object({}),
  describe: z.object({ name: z.string() }),
  start: z.object({ names, options: startOptions }),
  stop: z.object({ names }),
  restart: z.object({ names, options: startOptions }),
  reload: z.object({}),
  subscribe: z.object({}),
  unsubscribe: z.object({}),
  clients: z.object({}),
  traffic: z.object({
    after: z.number().nonnegative(),
    limit: z.int().min(1).max(10_000),
    server: z.string().nullish(),
  }),
  message: z.object({ seq: z.int() }),
  tools: z.object({ names: names.nullable() }),
  acceptTools: z.object({ server: z.string() }),
  call: z.object({
    server: z.string(),
    tool: z.string(),
    args: z.record(z.string(), z.unknown()),
    timeoutMs: z.number().positive().nullable(),
  }),
  shutdown: z.object({ all: z.boolean() }),
} as const;

export type Method = keyof typeof REQUESTS;
export type Params<M extends Method> = z.infer<(typeof REQUESTS)[M]>;

export interface Results {
  hello: { readonly control: number; readonly version: string; readonly pid: number };
  info: SupervisorInfo;
  snapshot: Snapshot;
  describe: UnitDetail;
  start: readonly Outcome[];
  stop: readonly Outcome[];
  restart: readonly Outcome[];
  reload: RegistryView;
  subscribe: null;
  unsubscribe: null;
  clients: ClientsView;
  traffic: TrafficPage;
  message: TrafficDetail | null;
  tools: readonly ServerTools[];
  acceptTools: null;
  call: CallOutcome;
  shutdown: null;
}
