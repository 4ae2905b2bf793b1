import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../helpers/running.ts';

const suite = path.dirname(fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/package.json')));

/** A revision whose requirements the suite has frozen. */
export type Requirements = '2025-11-25' | '2026-07-28';

/** One thing a scenario looked at, as the suite wrote it down. */
export interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
}

export interface Scenario {
  readonly name: string;
  /** Whether it counts for the revision; what is optional or pending runs all the same. */
  readonly scored: boolean;
  /** Numbers of checks. */
  readonly passed: number;
  readonly failed: number;
  readonly checks: readonly Check[];
}

export interface ServerRun {
  readonly url: string;
  readonly requirements: Requirements;
  /** Where the suite leaves its `checks.json` files; without it, in a folder that is removed. */
  readonly outDir?: string;
}

/**
 * Runs the official conformance suite against a server. Every scored scenario is in the answer, with no checks where the
 * suite left none behind.
 */
export function runServerSuite({ url, requirements, outDir }: ServerRun): Promise<readonly Scenario[]> {
  return run('server', ['--url', url], requirements, outDir);
}

export interface ClientRun extends Omit<ServerRun, 'url'> {
  /** A shell line that starts the client; the URL of the scenario's server becomes its last argument. */
  readonly command: string;
  readonly scenario: string;
}

/** Runs one scenario of the suite against a client: its own order for all of them is at once. */
export async function runClientSuite({ command, requirements, scenario, outDir }: ClientRun): Promise<Scenario> {
  const args = ['--command', command, '--scenario', scenario, '--spec-version', requirements];
  const found = (await run('client', args, requirements, outDir)).find(({ name }) => name === scenario);
  if (!found) throw new Error(`${scenario} is no scenario of ${requirements}`);
  return found;
}

/** The scenarios that count for a revision, in the suite's order. */
export async function scoredScenarios(leg: 'server' | 'client', requirements: Requirements): Promise<string[]> {
  const text = await readFile(path.join(suite, 'requirements', `${requirements}.yaml`), 'utf8');
  const list = new RegExp(`^${leg}:\\n((?: +- .+\\n)+)`, 'm').exec(text)?.[1] ?? '';
  return [...list.matchAll(/- (\S+)/g)].map(([, name = '']) => name);
}

/** What keeps scored scenarios from counting as passed, one line each: a failed check, or that nothing was checked. */
export function missesOf(scenarios: readonly Scenario[]): string[] {
  return scenarios
    .filter(({ scored }) => scored)
    .flatMap(({ name, passed, checks }) => {
      const failed = checks.filter(({ status }) => status === 'FAILURE');
      if (failed.length > 0) return failed.map(({ id, errorMessage }) => `${name}: ${id}: ${errorMessage ?? ''}`);
      return passed === 0 ? [`${name}: nothing was checked`] : [];
    });
}

/** Names of the scored scenarios that passed: at least one check succeeded and none failed. The suite ticks also what checked nothing. */
export function passedOf(scenarios: readonly Scenario[]): string[] {
  return scenarios.filter(({ scored, passed, failed }) => scored && passed > 0 && failed === 0).map(({ name }) => name);
}

async function run(
  leg: 'server' | 'client',
  args: readonly string[],
  requirements: Requirements,
  outDir: string | undefined,
): Promise<readonly Scenario[]> {
  const out = outDir ?? (await mkdtemp(path.join(tmpdir(), 'mcp-conformance-')));
  try {
    const which = leg === 'server' ? ['--requirements', requirements] : [];
    const command = [path.join(suite, 'dist/index.js'), leg, ...args, ...which, '-o', out];
    const { stdout, stderr } = await startProgram(process.execPath, command, { guardMs: 120_000 }).ended;
    const scenarios = await read(leg, out, new Set(await scoredScenarios(leg, requirements)));
    if (scenarios.every(({ checks }) => checks.length === 0))
      throw new Error(`the suite did not run: ${stdout}${stderr}`);
    return scenarios;
  } finally {
    if (outDir === undefined) await rm(out, { recursive: true, force: true });
  }
}

async function read(leg: string, out: string, scored: ReadonlySet<string>): Promise<readonly Scenario[]> {
  const found = new Map<string, readonly Check[]>();
  for (const file of await readdir(out, { recursive: true })) {
    if (path.basename(file) !== 'checks.json') continue;
    found.set(scenarioOf(leg, path.dirname(file)), JSON.parse(await readFile(path.join(out, file), 'utf8')));
  }
  return [...new Set([...scored, ...found.keys()])].map((name) => {
    const checks = found.get(name) ?? [];
    const count = (status: Check['status']) => checks.filter((check) => check.status === status).length;
    return { name, scored: scored.has(name), passed: count('SUCCESS'), failed: count('FAILURE'), checks };
  });
}

/** A folder is called `server-tools-list-2026-11-25T15-54-35-035Z`; those of clients have no prefix. */
function scenarioOf(leg: string, folder: string): string {
  const name = folder.replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '');
  return leg === 'server' ? name.replace(/^server-/, '') : name;
}
