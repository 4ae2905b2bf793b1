import * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { DURATION_PATTERN, timerMilliseconds } from './duration.ts';
import { issueText } from './entry-issues.ts';
import { nearestNode, nodeValue, parseDocument, placeAt, properties, valueAt } from './json-document.ts';
import type { Problem } from './problem.ts';
import { readTextFile } from './read-text-file.ts';

const duration = z.union([
  z.string().regex(DURATION_PATTERN, 'a duration such as "500ms", "10s", "5m" or "2h"'),
  z.number().nonnegative(),
]);

const profile = z.looseObject({
  names: z.enum(['prefixed', 'plain']).optional(),
  tools: z.looseObject({ disabled: z.array(z.string()).optional() }).optional(),
});

const settingsSchema = z.looseObject({
  idleExit: duration.optional(),
  probeInterval: duration.optional(),
  log: z.looseObject({ maxBytes: z.int().min(65_536).optional(), keep: z.int().min(0).max(100).optional() }).optional(),
  hubPort: z.int().min(1).max(65_535).optional(),
  sessionIdle: duration.optional(),
  childIdle: duration.optional(),
  strictDrift: z.boolean().optional(),
  metrics: z.boolean().optional(),
  tapFile: z.string().min(1).optional(),
  profiles: z.record(z.string(), profile).optional(),
});

/** What holds for all servers: `~/.mcp-cockpit.json`, every default filled in. */
interface Settings {
  /** How long a supervisor with nothing to do stays; default 10 minutes, 0 = for ever. */
  readonly idleExitMs: number;
  /** Overrides how often units are probed; null = each entry's own `health.interval`. */
  readonly probeIntervalMs: number | null;
  /** A log is rotated at `maxBytes` (default 10 MB); `keep` old ones stay (default 5). */
  readonly log: { readonly maxBytes: number; readonly keep: number };
  readonly hub: HubSettings;
}

export interface HubSettings {
  /** Where the hub listens, on 127.0.0.1; default 8049. */
  readonly port: number;
  /** A client's session without a request or an open stream is ended after this; default 10 minutes. Milliseconds. */
  readonly sessionIdleMs: number;
  /** A process that runs for one client alone is ended so long after that client's last call; default 1 minute. Milliseconds. */
  readonly childIdleMs: number;
  /** Tools whose definition changed are held back until they are accepted; default false: they are only shown. */
  readonly strictDrift: boolean;
  /** Serve `/metrics`; default false. */
  readonly metrics: boolean;
  /** Where everything that passes through the hub is written as well, redacted; `~` expands. Null: nowhere. */
  readonly tapFile: string | null;
  readonly profiles: ReadonlyMap<string, ProfileSettings>;
}

/** How `/@<profile>/mcp` shows the servers of a profile. */
export interface ProfileSettings {
  /** `plain`: tools and prompts keep their names, and no two servers may have the same; default: `<server>__<tool>`. */
  readonly names: 'prefixed' | 'plain';
  /** Tools left out, as `<server>__<tool>`. */
  readonly disabledTools: readonly string[];
}

/** Where the hub listens unless the settings say otherwise. */
export const DEFAULT_HUB_PORT = 8049;

export interface SettingsState {
  readonly settings: Settings;
  /** Why some or all of the file does not count. */
  readonly problems: readonly Problem[];
}

/** Bytes. */
export const SETTINGS_LIMIT = 1024 * 1024;

/** Reads the settings. Never throws: a missing file means defaults, a bad one defaults and problems. */
export function readSettings(path: string): SettingsState {
  const file = readTextFile(path, SETTINGS_LIMIT);
  if (file.kind === 'text') return parseSettings(file.text, path);
  return { settings: withDefaults({}), problems: file.kind === 'problem' ? [usingDefaults(file.problem)] : [] };
}

/** Understands the text of a settings file. A bad setting falls back to its default without hiding the others. */
export function parseSettings(text: string, path: string): SettingsState {
  const document = parseDocument(text);
  const { root } = document;
  const [fault] = document.errors;
  if (fault !== undefined || root?.type !== 'object') {
    const why = fault?.message ?? 'an object {…} is expected here';
    const problem = {
      what: `${placeAt(document, fault?.offset ?? 0, path)} is not valid`,
      why,
      next: 'mend that line',
    };
    return { settings: withDefaults({}), problems: [usingDefaults(problem)] };
  }
  const problems: Problem[] = [];
  const kept: Record<string, unknown> = {};
  const shape: Record<string, z.ZodType> = settingsSchema.shape;
  for (const { key, keyNode, value } of properties(root)) {
    const place = (field: readonly PropertyKey[]) => placeAt(document, nearestNode(value, field).offset, path);
    const schema = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (schema === undefined) {
      if (key !== '$schema')
        problems.push(unknownSetting(key, placeAt(document, keyNode.offset, path), Object.keys(shape)));
      continue;
    }
    const raw = nodeValue(value);
    const parsed = schema.safeParse(raw);
    if (parsed.success) kept[key] = raw;
    for (const issue of parsed.error?.issues ?? []) {
      const words = issueText({ ...issue, path: [key, ...issue.path] }, valueAt(raw, issue.path));
      problems.push({ ...words, why: `${place(issue.path)}, the default counts` });
    }
  }
  return { settings: withDefaults(settingsSchema.parse(kept)), problems };
}

function withDefaults(given: z.infer<typeof settingsSchema>): Settings {
  const { idleExit, probeInterval, log, hubPort, sessionIdle, childIdle, strictDrift, metrics, tapFile, profiles } =
    given;
  return {
    idleExitMs: timerMilliseconds(idleExit, 600_000),
    probeIntervalMs: probeInterval === undefined ? null : Math.max(100, timerMilliseconds(probeInterval, 0)),
    log: { maxBytes: log?.maxBytes ?? 10 * 1024 * 1024, keep: log?.keep ?? 5 },
    hub: {
      port: hubPort ?? DEFAULT_HUB_PORT,
      sessionIdleMs: timerMilliseconds(sessionIdle, 600_000),
      childIdleMs: timerMilliseconds(childIdle, 60_000),
      strictDrift: strictDrift ?? false,
      metrics: metrics ?? false,
      tapFile: tapFile ?? null,
      profiles: new Map(
        Object.entries(profiles ?? {}).map(([name, { names, tools }]) => [
          name,
          { names: names ?? 'prefixed', disabledTools: tools?.disabled ?? [] },
        ]),
      ),
    },
  };
}

function unknownSetting(key: string, place: string, known: readonly string[]): Problem {
  const suggestion = didYouMean(key, known);
  const problem = { what: `unknown setting "${key}"`, why: place };
  return suggestion === null ? problem : { ...problem, next: `did you mean "${suggestion}"?` };
}

function usingDefaults(problem: Problem): Problem {
  return { ...problem, what: `${problem.what}; defaults are used` };
}
