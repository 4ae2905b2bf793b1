import { createHash } from 'node:crypto';
import type { LaunchSpec } from '../registry/launch-spec.ts';
import type { Result } from '../registry/problem.ts';
import type { EntryState, RegistryState } from '../registry/read-registry.ts';
import { type ResolveContext, resolveEntry } from '../registry/resolve-entry.ts';
import type { UnitRecord } from './journal.ts';
import { problemAsBlocked } from './units/entry-problem.ts';
import type { UnitHost } from './units/unit-host.ts';
import { UnitRunner } from './units/unit-runner.ts';

/** All units by name, kept in step with the registry. */
export class Fleet {
  readonly #runners = new Map<string, UnitRunner>();
  readonly #contents = new Map<string, string>();
  #entries: readonly EntryState[] = [];

  /** Registry order, then units whose entry is gone, by name. */
  get all(): readonly UnitRunner[] {
    const configured = new Set(this.#entries.flatMap(({ name }) => this.#runners.get(name) ?? []));
    const others = [...this.#runners.values()].filter((runner) => !configured.has(runner));
    return [...configured, ...others.sort((a, b) => a.name.localeCompare(b.name))];
  }

  get size(): number {
    return this.#runners.size;
  }

  get(name: string): UnitRunner | undefined {
    return this.#runners.get(name);
  }

  entry(name: string): EntryState | undefined {
    return this.#entries.find((entry) => entry.name === name);
  }

  /** A unit for a record or process that has no entry (any more). */
  addOrphan(name: string, host: UnitHost, record: UnitRecord | null): UnitRunner {
    const runner = new UnitRunner(name, host, record, Date.now());
    this.#runners.set(name, runner);
    return runner;
  }

  remove(name: string): void {
    if (!this.entry(name)) this.#runners.delete(name);
  }

  /**
   * Takes over a registry that was read anew. Running units are never touched: a changed entry shows as "restart to
   * apply". Returns the units that are new.
   */
  apply(
    state: RegistryState,
    host: UnitHost,
    context: () => ResolveContext,
    recordOf: (name: string) => UnitRecord | null,
  ): readonly UnitRunner[] {
    const gone = this.#entries.filter(({ name }) => !state.entries.some((entry) => entry.name === name));
    this.#entries = state.entries;
    const added: UnitRunner[] = [];
    for (const entry of state.entries) {
      const content = contentHash(entry.raw);
      const before = this.#contents.get(entry.name);
      this.#contents.set(entry.name, content);
      const known = this.#runners.get(entry.name);
      const runner = known ?? this.addOrphan(entry.name, host, recordOf(entry.name));
      if (!known) added.push(runner);
      const resolved = resolveState(entry, context());
      runner.entryProblem = resolved.ok ? null : entry.entry === null ? resolved.problem : null;
      runner.entryIs(resolved.ok ? resolved.value : null, before !== undefined && before !== content);
    }
    for (const { name } of gone) {
      this.#contents.delete(name);
      const runner = this.#runners.get(name);
      if (!runner) continue;
      runner.entryProblem = null;
      runner.dispatch({ type: 'entry-removed' });
    }
    return added;
  }

  resolve(name: string, context: ResolveContext): Result<LaunchSpec> {
    const entry = this.entry(name);
    if (!entry)
      return {
        ok: false,
        problem: { what: `${name} has no entry in the registry`, next: `mcp add ${name} -- command …` },
      };
    return resolveState(entry, context);
  }
}

function resolveState(entry: EntryState, context: ResolveContext): Result<LaunchSpec> {
  if (entry.entry === null) return { ok: false, problem: problemAsBlocked(entry) };
  return resolveEntry(entry.name, entry.entry, context);
}

function contentHash(raw: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(raw) ?? '')
    .digest('hex');
}
