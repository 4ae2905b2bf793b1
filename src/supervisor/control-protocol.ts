import * as z from 'zod';
import type { Outcome, RegistryView, Snapshot, SupervisorInfo, UnitDetail } from './api.ts';

/**
 * The control socket: JSON-RPC 2.0 with Content-Length framing (vscode-jsonrpc) over a Unix socket that only its owner
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
  shutdown: null;
}
