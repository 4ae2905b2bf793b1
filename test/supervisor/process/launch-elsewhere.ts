// launch-elsewhere.ts CONDITION CWD LINE: launches LINE in a process of other limits, another user, other descriptors.
// The launched line writes to our stderr; stdout gets what came of the launch, as JSON.
import { execFileSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { launch } from '../../../src/supervisor/process/launch.ts';

const [, , condition = '', cwd = '', line = ''] = process.argv;

const prepare: Record<string, () => Promise<void> | void> = {
  plain: () => undefined,
  'no descriptors left': () => {
    try {
      for (;;) openSync('/dev/null', 'r');
    } catch {
      // As many as there may be.
    }
  },
  'no processes left': async () => {
    // Node starts its threads on first use, and ends itself when it cannot.
    await Promise.all(Array.from({ length: 16 }, () => stat('/')));
    execFileSync('prlimit', ['--pid', String(process.pid), '--nproc=1:1']);
  },
};
await prepare[condition]?.();

const result = await launch({
  spec: {
    run: { kind: 'shell', line },
    cwd,
    env: {
      PATH: process.env.PATH ?? '',
      MCP_TEST_ARENA: process.env.MCP_TEST_ARENA ?? '',
      MCP_TEST_RUN: process.env.MCP_TEST_RUN ?? '',
    },
  },
  nonce: 'elsewhere',
  exitFile: '/nowhere/exit',
  stdio: 'detached',
  outputFd: 2,
  errorFd: 2,
});
process.stdout.write(JSON.stringify(result.ok ? { kind: 'started' } : result));
