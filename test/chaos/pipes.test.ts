import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { tinyHttp } from '../helpers/tiny.ts';
import { quietPort } from './quiet-port.ts';
import { mcpProgram, onStage, type Stage } from './stage.ts';

/** Runs a shell line in the stage's home in which `mcp` is our command. */
async function shell(stage: Stage, line: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const script = `mcp() { "${process.execPath}" "${mcpProgram}" "$@"; }\n${line}`;
  const child = spawn('bash', ['-c', script], { cwd: stage.home.dir, env: stage.home.env, timeout: 20_000 });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.stderr += chunk;
  });
  child.stdin.end();
  const [code]: (number | null)[] = await once(child, 'close');
  return { code: code ?? null, ...text };
}

describe.concurrent('without a terminal', () => {
  test('F57 plain mcp prints the table and ends, with stdin at its end, closed or no terminal', async () => {
    await onStage({ web: tinyHttp(await quietPort()) }, async (stage) => {
      for (const line of ['mcp </dev/null', 'mcp <&-', 'echo hello | mcp', 'mcp | cat', 'TERM=dumb mcp']) {
        const { code, stdout, stderr } = await shell(stage, line);
        expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
        expect(stdout, line).toMatch(/^NAME +STATE/);
        expect(stdout, line).toMatch(/^calm .*ready/m);
      }
    });
  });

  test('F57 a reader that leaves early is no error: no stack trace, nothing goes on spinning', async () => {
    const web = tinyHttp(await quietPort(), ['lines=10']);
    await onStage({ web }, async (stage) => {
      await stage.mcp('web start');
      for (const line of [
        'mcp list | head -1',
        'mcp status --json | head -c 1',
        'mcp web logs --no-follow -n 100 | true',
        'mcp web logs -f | head -2',
        'mcp list >&-',
        'mcp status 2>&-',
      ]) {
        const { code, stderr } = await shell(stage, `set -o pipefail; ${line}`);
        expect({ line, code }).toEqual({ line, code: 0 });
        expect(stderr, line).toBe('');
      }
    });
  });

  test('F57 output that cannot be written is said so: a full device', async () => {
    await onStage({}, async (stage) => {
      const { code, stderr } = await shell(stage, 'mcp list >/dev/full');
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/ENOSPC|no space left/i);
      expect(stderr).not.toMatch(/\n\s+at /);
    });
  });
});
