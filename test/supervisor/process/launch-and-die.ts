// Launches a server that writes for a while, and is killed in the middle of it.
import { openSync, readFileSync } from 'node:fs';
import { launch } from '../../../src/supervisor/process/launch.ts';

const [, , dir = ''] = process.argv;
const outputFd = openSync(`${dir}/out`, 'a');
await launch({
  spec: {
    run: {
      kind: 'shell',
      line: 'echo 1; echo 2; while [ -d /proc/$PARENT ]; do sleep 0.02; done; echo 3; echo 4; exit 5',
    },
    cwd: dir,
    env: { ...definedEnvironment(), PARENT: String(process.pid) },
  },
  nonce: 'die',
  exitFile: `${dir}/exit`,
  stdio: 'detached',
  outputFd,
  errorFd: outputFd,
});
while (readFileSync(`${dir}/out`, 'utf8') !== '1\n2\n');
process.kill(process.pid, 'SIGKILL');

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
