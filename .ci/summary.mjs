// node .ci/summary.mjs <vitest's JSON report> <checks passed> <checks failed> <the test command's exit code>
// Prints what failed and then the one line that counts everything. Exit code 1 when anything failed.
import { readFileSync } from 'node:fs';

const [file, ...numbers] = process.argv.slice(2);
const [checksPassed, checksFailed, exitCode] = numbers.map(Number);

const files = readReport()?.testResults ?? [];
const tests = files.flatMap((result) => result.assertionResults.map((test) => ({ ...test, file: result.name })));
const count = (...statuses) => tests.filter(({ status }) => statuses.includes(status)).length;

for (const test of tests.filter(({ status }) => status === 'failed'))
  console.log(`FAILED: ${test.file}: ${test.fullName}`);
const brokenFiles = files.filter(
  ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
);
for (const { name, message } of brokenFiles) console.log(`FAILED: ${name}: ${message}`);

let failed = checksFailed + count('failed') + brokenFiles.length;
if (exitCode !== 0 && failed === checksFailed) {
  console.log(`FAILED: the test command ended with ${exitCode}, though no test failed`);
  failed += 1;
}
console.log(
  `${checksPassed + count('passed')} passed, ${failed} failed, ${count('pending', 'skipped', 'todo', 'disabled')} skipped`,
);
process.exitCode = failed === 0 ? 0 : 1;

function readReport() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
