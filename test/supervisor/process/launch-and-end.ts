// Launches a server of each kind, prints their pids and comes to its end.
import { openSync } from 'node:fs';
import { launch } from '../../../src/supervisor/process/launch.ts';

const [, , dir = ''] = process.argv;
const outputFd = openSync('/dev/null', 'a');
for (const stdio of ['detached', 'piped'] as const) {
  const result = await launch({
    spec: {
      run: { kind: 'shell', line: 'trap "" PIPE; sleep 3600' },
      cwd: dir,
      env: {
        PATH: process.env.PATH ?? '',
        MCP_TEST_ARENA: process.env.MCP_TEST_ARENA ?? '',
        MCP_TEST_RUN: process.env.MCP_TEST_RUN ?? '',
      },
    },
    nonce: `end-${stdio}`,
    exitFile: `${dir}/${stdio}`,
    stdio,
    outputFd,
    errorFd: outputFd,
  });
  if (result.ok) process.stdout.write(`${result.pid}\n`);
}
