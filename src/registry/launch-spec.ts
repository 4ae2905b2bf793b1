import type { Transport } from './entry.ts';

/** Restart rules with every default filled in. Times in milliseconds. */
export interface RestartRules {
  readonly policy: 'always' | 'on-failure' | 'never';
  readonly onUnhealthy: boolean;
  /** Failures within `windowMs` after which the unit is given up as `crashed`. */
  readonly max: number;
  readonly windowMs: number;
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
}

/** When and how often a running unit is asked whether it is well. Times in milliseconds. */
export interface HealthRules {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failed probes in a row before the unit counts as degraded. */
  readonly failures: number;
  /** How long the ready gate may take; 0 = for ever. */
  readonly startupMs: number;
}

/** How much the hub asks of a server. */
export interface CallLimits {
  /** Calls under way at once; default 64. More wait. */
  readonly concurrency: number;
  /** Size of one message either way, in bytes; default 16 MiB. */
  readonly bytes: number;
  /** How long a call may take, in milliseconds; default 10 min. */
  readonly timeoutMs: number;
}

/**
 * A registry entry made ready to run: variables and `~` expanded, defaults filled in, env file read.
 * Holds secrets in `env` and `headers`: never log it, never send it to a client.
 */
export interface LaunchSpec {
  readonly name: string;
  /** The human-readable name; the key when the entry has none. */
  readonly title: string;
  readonly transport: Transport;
  /** What to run; null for remote entries. `shell`: a line for `sh`; `program`: a file with its arguments. */
  readonly run:
    | { readonly kind: 'shell'; readonly line: string }
    | { readonly kind: 'program'; readonly file: string; readonly args: readonly string[] }
    | null;
  /** Absolute working directory. */
  readonly cwd: string;
  /** The whole environment of the child: starter's environment less the deny list < env file < env < PORT. */
  readonly env: Readonly<Record<string, string>>;
  /** Values of `env` that must be masked wherever they show up (at least 4 characters and secret by name, or 8 and from an env file). */
  readonly secrets: readonly string[];
  readonly port: number | null;
  /** Path of the MCP endpoint of an http or sse server. */
  readonly endpoint: string;
  /** Remote entries: the expanded URL. */
  readonly url: string | null;
  /** Sent with every request of ours; expanded. */
  readonly headers: Readonly<Record<string, string>>;
  /** Variables a remote's headers or URL need but that are unset: then no request is made. */
  readonly missingVariables: readonly string[];
  readonly healthCheck: string | null;
  readonly autostart: boolean;
  readonly lazy: boolean;
  readonly idleStopMs: number | null;
  readonly restart: RestartRules;
  readonly health: HealthRules;
  readonly stop: { readonly signal: NodeJS.Signals; readonly graceMs: number };
  readonly log: 'shared' | 'split';
  readonly profiles: readonly string[];
  /** Whether clients share one process; `auto`: unless it asks its client back. */
  readonly sharing: 'auto' | 'shared' | 'session';
  readonly disabledTools: readonly string[];
  readonly limits: CallLimits;
  /** What it is good for, in a sentence; null when the entry does not say. */
  readonly description: string | null;
  /** Hash of everything that shapes the process: a running unit with another hash needs a restart to apply. */
  readonly hash: string;
}
