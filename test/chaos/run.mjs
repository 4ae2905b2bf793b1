import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAULTS, faultsOf } from './faults.ts';

const USAGE = `npm run chaos [-- F20 F21 …] [--seed N] [--rounds N] [--operations N] [--full]

Plays the faults of the catalogue with real processes and prints what became of each.
  F20 F21        only these
  --seed N       the random moments of an earlier run (default: by the clock)
  --rounds N     deaths of the supervisor in the middle of a start (default 150)
  --operations N random commands, crashes and deaths (default 150)
  --full         a gigabyte of output instead of 48 MiB
`;

const root = fileURLToPath(new URL('../..', import.meta.url));
const options = {
  seed: { type: 'string' },
  rounds: { type: 'string', default: '150' },
  operations: { type: 'string', default: '150' },
  full: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

/** @returns {{ values: Record<string, string | boolean | undefined>, positionals: string[] }} */
function readArguments() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return refuse(error.message);
  }
}

function refuse(why) {
  process.stderr.write(`${why}\n\n${USAGE}`);
  return process.exit(2);
}

const { values, positionals } = readArguments();
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const seed = values.seed ?? String(Date.now() % 1_000_000);
for (const number of [seed, values.rounds, values.operations])
  if (!/^\d+$/.test(number)) refuse(`${number} is no number`);
const unknown = positionals.filter((name) => !(name in FAULTS));
if (unknown.length > 0) refuse(`there is no fault ${unknown.join(', ')}`);

const wanted = positionals.length > 0 ? positionals : Object.keys(FAULTS);
const played = wanted.filter((name) => FAULTS[name].files.length > 0);
const files = [...new Set(played.flatMap((name) => FAULTS[name].files))];
if (files.length === 0) refuse(`nothing plays ${wanted.join(', ')} yet`);

process.stdout.write(`seed ${seed}, ${values.rounds} rounds, ${values.operations} operations\n`);
const folder = mkdtempSync(path.join(tmpdir(), 'mcp-chaos-'));
const report = path.join(folder, 'report.json');
const exitCode = await runTests();
const results = existsSync(report) ? readResults(JSON.parse(readFileSync(report, 'utf8'))) : new Map();
rmSync(folder, { recursive: true });
process.stdout.write(`\n${table(results)}\n`);
const missing = wanted.filter((name) => FAULTS[name].files.length === 0);
if (missing.length > 0) process.stdout.write(`\nnot played yet: ${missing.join(' ')}\n`);
process.stdout.write(`seed ${seed}\n`);
process.exitCode = exitCode;

function runTests() {
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const filter = positionals.length > 0 ? ['-t', `(^|\\s)(${positionals.join('|')})\\s`] : [];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = [vitest, 'run', ...files.map((file) => `test/${file}`), ...filter, ...reporters];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      MCP_CHAOS_SEED: seed,
      MCP_CHAOS_ROUNDS: values.rounds,
      MCP_CHAOS_OPERATIONS: values.operations,
      ...(values.full ? { MCP_CHAOS_FULL: '1' } : {}),
    },
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

/** Fault → its tests: how many passed, failed, were skipped, and how long they took together. */
function readResults({ testResults }) {
  const found = new Map();
  for (const { title, status, duration = 0 } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    for (const fault of faultsOf(title)) {
      const sum = found.get(fault) ?? { passed: 0, failed: 0, skipped: 0, ms: 0 };
      const outcome = status === 'passed' || status === 'failed' ? status : 'skipped';
      found.set(fault, { ...sum, [outcome]: sum[outcome] + 1, ms: sum.ms + duration });
    }
  }
  return found;
}

function table(results) {
  const rows = played.map((fault) => {
    const { passed = 0, failed = 0, skipped = 0, ms = 0 } = results.get(fault) ?? {};
    const counts = [
      `${passed} passed`,
      ...(failed > 0 ? [`${failed} FAILED`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ];
    return [
      fault,
      FAULTS[fault].what,
      passed + failed + skipped === 0 ? 'NO TEST RAN' : counts.join(', '),
      `${Math.round(ms)} ms`,
    ];
  });
  const all = [['fault', 'what happens', 'result', 'time'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map((row) =>
      row.map((cell, column) => (column === 3 ? cell.padStart(widths[3]) : cell.padEnd(widths[column]))).join('  '),
    )
    .join('\n');
}
