import * as z from 'zod';
import { SCOPES } from '../../claude/claude-code.ts';

/** What `--json` prints, for the commands of `claude-mcp`; the promises of `../json-shapes.ts` hold here, too. */

const scope = z.enum(SCOPES);
const entryPlace = { name: z.string(), scope, file: z.string() };

/** `install`. `copies`: entries of registered servers that are still there, so that sessions start their own. */
export const installShape = z.strictObject({
  scope,
  file: z.string(),
  entries: z.array(z.strictObject({ name: z.string(), url: z.string(), changed: z.boolean() })),
  removed: z.array(z.strictObject(entryPlace)),
  copies: z.array(z.strictObject(entryPlace)),
});

/** `uninstall`, `install --undo`. `kept`: somebody changed the entry since. */
export const uninstallShape = z.strictObject({
  entries: z.array(z.strictObject({ ...entryPlace, outcome: z.enum(['removed', 'restored', 'kept']) })),
});

/** `which`, the strongest scope first. `copyOf`: the server of the registry that it is, too. */
export const whichShape = z.strictObject({
  folder: z.string(),
  entries: z.array(
    z.strictObject({
      ...entryPlace,
      line: z.int(),
      what: z.string(),
      counts: z.boolean(),
      shadowedBy: z.strictObject({ scope, file: z.string(), line: z.int() }).nullable(),
      ours: z.boolean(),
      copyOf: z.string().nullable(),
    }),
  ),
});

/** `analyze`, the best first. `score` is between 0 and 1; `fits`: good enough to be started. */
export const analyzeShape = z.strictObject({
  prompt: z.string(),
  servers: z.array(
    z.strictObject({
      name: z.string(),
      score: z.number(),
      fits: z.boolean(),
      state: z.string(),
      reasons: z.array(z.string()),
    }),
  ),
  started: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), verb: z.string() })),
});

/** `memory`. `memories`: of search and list, where the answer is of a known form; `text`: what the server said. */
export const memoryShape = z.strictObject({
  server: z.string(),
  action: z.enum(['save', 'search', 'list', 'forget']),
  memories: z.array(z.strictObject({ id: z.string(), text: z.string(), createdAt: z.string().nullable() })).nullable(),
  text: z.string(),
});

export type MemoryJson = z.infer<typeof memoryShape>;
export type InstallJson = z.infer<typeof installShape>;
export type UninstallJson = z.infer<typeof uninstallShape>;
export type WhichJson = z.infer<typeof whichShape>;
export type AnalyzeJson = z.infer<typeof analyzeShape>;
