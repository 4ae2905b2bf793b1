import * as z from 'zod';
import { DURATION_PATTERN } from './duration.ts';

/** Messages of this schema complete the sentence `"key" must be …`. */
const duration = z
  .union([
    z.string().regex(DURATION_PATTERN, 'a duration such as "500ms", "10s", "5m" or "2h"'),
    z.number().nonnegative(),
  ])
  .describe('A duration: "500ms", "10s", "5m", "2h", or a number of seconds.');

const portNumber = z.int().min(1).max(65535);
const textMap = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));
const condition = z.enum(['started', 'healthy', 'completed']);

const dockerDependency = z.looseObject({
  type: z.literal('docker'),
  image: z.string().min(1),
  name: z.string().min(1).optional().describe("Container name; the dependency's key when absent."),
  env: textMap.optional(),
  ports: z
    .record(z.string(), z.union([z.string(), z.number()]).transform(String))
    .optional()
    .describe('host:container, as in compose.'),
  volumes: z.union([z.array(z.string()), z.record(z.string(), z.string())]).optional(),
  command: z.union([z.string(), z.array(z.string())]).optional(),
  healthcheck: z.union([z.string(), z.array(z.string())]).optional(),
  condition: condition.optional(),
});

const serviceDependency = z.looseObject({
  type: z.literal('service'),
  command: z.string().min(1).optional(),
  check_url: z.string().min(1).optional(),
  condition: condition.optional(),
});

const serverDependency = z.looseObject({
  type: z.literal('server'),
  server: z.string().min(1).optional().describe("Another entry's key; the dependency's own key when absent."),
  condition: condition.optional(),
});

const dependency = z.discriminatedUnion('type', [dockerDependency, serviceDependency, serverDependency]);

const memoryAction = z.looseObject({ tool: z.string(), args: z.record(z.string(), z.unknown()).optional() });

/**
 * One server of `~/.mcp-servers.json`, as written there (durations and variables unexpanded).
 * The nine fields of the founding format come first and keep their names; the rest is optional.
 * Unknown keys are allowed here: they are kept on save and named in a warning.
 */
export const serverEntrySchema = z.looseObject({
  name: z.string().min(1).optional().describe('Human-readable name.'),
  path: z.string().min(1).optional().describe('The server\'s directory; commands run in it. "~" and variables expand.'),
  command: z
    .string()
    .min(1)
    .optional()
    .describe('Shell line that starts the server, or a program when "args" is given.'),
  port: portNumber.optional().describe('Where an http or sse server listens; for the others, where the hub offers it.'),
  env_file: z.string().min(1).optional().describe('A .env file, relative to "path".'),
  env: textMap.optional().describe('Variables of the server; they win over the env file. Variables and "~" expand.'),
  dependencies: z.record(z.string(), dependency).optional().describe('What the server needs first, by name.'),
  install: z.string().min(1).optional().describe('Shell line that is run once before the first start.'),
  health_check: z
    .string()
    .min(1)
    .optional()
    .describe('A URL (probed natively) or a shell command (exit code 0 = healthy).'),

  transport: z
    .enum(['http', 'sse', 'stdio', 'remote'])
    .optional()
    .describe('Default: remote with "url", http with "port", else stdio.'),
  url: z.string().min(1).optional().describe('For transport "remote".'),
  headers: z
    .record(z.string(), z.string())
    .optional()
    .describe(
      'Sent with every request to a remote, http or sse server; variables expand, for local ones ${MCP_HUB_TOKEN} too.',
    ),
  endpoint: z
    .string()
    .regex(/^\//, 'a path that begins with "/"')
    .optional()
    .describe('Path of an http server\'s MCP endpoint; default "/mcp" ("/sse" for sse).'),
  args: z.array(z.string()).optional().describe('With it, "command" is a program, not a shell line.'),
  description: z.string().optional().describe('What the server is good for, in a sentence.'),
  tags: z.array(z.string()).optional(),
  keywords: z.array(z.string()).optional().describe('Words of a prompt that speak for this server.'),
  patterns: z.array(z.string()).optional().describe('Regular expressions over a prompt that speak for this server.'),
  autostart: z.boolean().optional().describe('Start with the supervisor. Default: false.'),
  lazy: z.boolean().optional().describe('Sleep until the first call. Default: false.'),
  idle_stop: duration.optional().describe('Stop after so long without a call. Default: never.'),
  restart: z
    .looseObject({
      policy: z.enum(['always', 'on-failure', 'never']).optional().describe('Default: "always".'),
      onUnhealthy: z.boolean().optional().describe('Restart when probes keep failing. Default: true.'),
      max: z.int().min(0).max(1000).optional().describe('Failures within "window" before giving up. Default: 10.'),
      window: duration.optional().describe('Default: "10m".'),
      backoff: z
        .looseObject({
          initial: duration.optional().describe('Default: "1s".'),
          max: duration.optional().describe('Default: "60s".'),
          factor: z.number().min(1).max(100).optional().describe('Default: 2.'),
        })
        .optional(),
    })
    .optional(),
  sharing: z.enum(['auto', 'shared', 'session']).optional(),
  tools: z.looseObject({ disabled: z.array(z.string()).optional() }).optional(),
  limits: z
    .looseObject({
      concurrency: z.int().positive().optional(),
      bytes: z.int().positive().optional(),
      timeout: duration.optional(),
    })
    .optional(),
  log: z.enum(['shared', 'split']).optional().describe('"split": stderr in a file of its own. Default: "shared".'),
  watch: z.array(z.string()).optional().describe('Globs below "path"; a change restarts the server.'),
  stop: z
    .looseObject({
      signal: z
        .string()
        .regex(/^SIG[A-Z0-9]+$/, 'a signal name such as "SIGTERM"')
        .optional()
        .describe('Default: "SIGTERM".'),
      grace: duration.optional().describe('Time between the signal and SIGKILL, at most 300 s. Default: "10s".'),
    })
    .optional(),
  health: z
    .looseObject({
      interval: duration.optional().describe('Default: "10s".'),
      timeout: duration.optional().describe('Default: "5s".'),
      failures: z
        .int()
        .min(1)
        .max(100)
        .optional()
        .describe('Failed probes in a row that count as degraded. Default: 3.'),
      startup: duration.optional().describe('How long the server may take to be ready; 0 = for ever. Default: "60s".'),
    })
    .optional(),
  roles: z
    .looseObject({
      memory: z
        .looseObject({
          save: memoryAction.optional(),
          search: memoryAction.optional(),
          list: memoryAction.optional(),
          forget: memoryAction.optional(),
        })
        .optional(),
    })
    .optional(),
  profile: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('Names of the profiles it belongs to.'),
});

export type ServerEntry = z.infer<typeof serverEntrySchema>;
export type Transport = 'http' | 'sse' | 'stdio' | 'remote';
