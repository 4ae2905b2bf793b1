import * as z from 'zod';
import { UNIT_STATES } from '../supervisor/api.ts';

/**
 * What `--json` prints, for every command. Stable: keys may be added, none changes its meaning or goes away.
 * Moments are ISO 8601 in UTC; `…Bytes` and `…Percent` say their unit; null means that there is nothing to say.
 * Only types of this file reach the commands, so that printing JSON does not load the schema library.
 */

const moment = z.iso.datetime();

const problemShape = z.strictObject({
  what: z.string(),
  why: z.string().optional(),
  holder: z.string().optional(),
  next: z.string().optional(),
});

const serverShape = z.strictObject({
  name: z.string(),
  title: z.string(),
  state: z.enum(UNIT_STATES),
  desired: z.enum(['running', 'stopped']),
  transport: z.enum(['http', 'sse', 'stdio', 'remote']),
  port: z.int().nullable(),
  pid: z.int().nullable(),
  startedAt: moment.nullable(),
  stateSince: moment,
  cpuPercent: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  toolCount: z.int().nullable(),
  era: z.enum(['legacy', 'modern']).nullable(),
  revision: z.string().nullable(),
  cause: problemShape.nullable(),
  retry: z.strictObject({ attempt: z.int(), max: z.int(), nextAt: moment }).nullable(),
  restarts: z.int(),
  lastExit: z
    .strictObject({ code: z.int().nullable(), signal: z.string().nullable(), at: moment, text: z.string() })
    .nullable(),
  entryChanged: z.boolean(),
  logPath: z.string(),
});

const supervisorShape = z.strictObject({
  mode: z.enum(['detached', 'in-process']),
  pid: z.int(),
  version: z.string(),
  startedAt: moment,
  runtimeDir: z.string(),
  clients: z.int(),
});

/** `list`, `status`, `NAME status`. `supervisor` is null when none runs: then the rest was read from disk. */
export const statusShape = z.strictObject({
  supervisor: supervisorShape.nullable(),
  registry: z.strictObject({
    path: z.string(),
    problems: z.array(problemShape),
    warnings: z.array(problemShape),
  }),
  servers: z.array(serverShape),
  banners: z.array(problemShape),
});

/** `start`, `stop`, `restart`: one outcome for each server, in the order they were named. */
export const outcomesShape = z.strictObject({
  outcomes: z.array(
    z.strictObject({
      name: z.string(),
      ok: z.boolean(),
      verb: z.string(),
      state: z.enum(UNIT_STATES),
      pid: z.int().nullable(),
      problem: problemShape.nullable(),
      signalled: z.array(z.strictObject({ pid: z.int(), signal: z.string() })),
    }),
  ),
});

/**
 * `import`, servers in the order in which they were found. Values of secrets are in no place of it: `secrets` names the
 * variables that went, or would go, into an env file. `holder`: the server of the registry that has the name.
 */
export const importShape = z.strictObject({
  files: z.array(z.string()),
  servers: z.array(
    z.strictObject({
      name: z.string(),
      originalName: z.string(),
      from: z.string(),
      action: z.enum(['add', 'present', 'taken', 'replace']),
      holder: z.string().nullable(),
      imported: z.boolean(),
      entry: z.record(z.string(), z.unknown()),
      secrets: z.array(z.string()),
      notes: z.array(z.string()),
    }),
  ),
  refused: z.array(z.strictObject({ name: z.string(), from: z.string(), why: z.string() })),
});

/** `tools`: `takenAt` is when the list was taken, null when there never was one. Schemas are as the server wrote them. */
export const toolsShape = z.strictObject({
  servers: z.array(
    z.strictObject({
      server: z.string(),
      state: z.enum(UNIT_STATES),
      takenAt: moment.nullable(),
      tools: z.array(
        z.strictObject({
          name: z.string(),
          title: z.string().nullable(),
          description: z.string().nullable(),
          inputSchema: z.record(z.string(), z.unknown()),
          outputSchema: z.record(z.string(), z.unknown()).nullable(),
          annotations: z.record(z.string(), z.unknown()).nullable(),
          disabled: z.enum(['entry', 'drift']).nullable(),
          changed: z.boolean(),
        }),
      ),
    }),
  ),
});

/** `call`, `claude-mcp send`: `result` is what the server sent, as it came. */
export const callShape = z.strictObject({
  server: z.string(),
  tool: z.string(),
  isError: z.boolean(),
  latencyMs: z.number(),
  result: z.record(z.string(), z.unknown()),
});

/** `logs`: one such object per line. `at` is null for what was written while nobody noted the time. */
export const logLineShape = z.strictObject({
  server: z.string(),
  at: moment.nullable(),
  level: z.enum(['error', 'warn', 'info', 'debug']).nullable(),
  text: z.string(),
});

const hubShape = z.strictObject({
  /** `http://127.0.0.1:8049`; null while it does not listen. */
  url: z.string().nullable(),
  clients: z.int(),
  callsLastHour: z.int(),
  problems: z.array(problemShape),
});

/** `supervisor status`, `supervisor stop`, `supervisor restart`: null when none runs (any more). */
export const supervisorStatusShape = z.strictObject({
  supervisor: supervisorShape.nullable(),
  hub: hubShape.nullable(),
});

export type ServerJson = z.infer<typeof serverShape>;
export type SupervisorJson = z.infer<typeof supervisorShape>;
export type StatusJson = z.infer<typeof statusShape>;
export type OutcomesJson = z.infer<typeof outcomesShape>;
export type ImportJson = z.infer<typeof importShape>;
export type ToolsJson = z.infer<typeof toolsShape>;
export type CallJson = z.infer<typeof callShape>;
export type LogLineJson = z.infer<typeof logLineShape>;
export type HubJson = z.infer<typeof hubShape>;
export type SupervisorStatusJson = z.infer<typeof supervisorStatusShape>;
