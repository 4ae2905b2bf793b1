import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { type Need, needs } from '../helpers/require.ts';
import { root } from '../helpers/root.ts';

let home: Home;
let bin: string;

beforeEach(async () => {
  home = await temporaryHome();
  await home.writeRegistry({
    mem0: { command: 'x', name: 'Memory', profile: 'work' },
    memory: { command: 'y' },
    github: { url: 'https://mcp.example.com/mcp' },
  });
  bin = path.join(home.dir, 'bin');
  await mkdir(bin);
  const mcp = path.join(bin, 'mcp');
  await writeFile(mcp, `#!/bin/sh\nexec '${process.execPath}' '${root}/dist/bin/mcp.cjs' "$@"\n`);
  await chmod(mcp, 0o700);
});
afterEach(() => home.close());

const words = async (...typed: string[]) => {
  const { stdout } = await home.run('mcp', ['__complete', ...typed]);
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t')[0]);
};

test('what can stand where', async () => {
  expect(await words('mem')).toEqual(['mem0', 'memory']);
  expect(await words('')).toEqual(expect.arrayContaining(['list', 'start', 'add', 'mem0', 'github', '@work', 'all']));
  expect(await words('mem0', 'st')).toEqual(['status', 'start', 'stop']);
  expect(await words('mem0', 'a')).not.toContain('add');
  expect(await words('start', 'mem0', '')).toEqual(['memory', 'github', '@work', 'all']);
  expect(await words('start', '--w')).toEqual(['--wait']);
  expect(await words('mem0', 'logs', '--level', '')).toEqual(['error', 'warn', 'info', 'debug']);
  expect(await words('mem0', 'logs', '--grep', '')).toEqual([]);
  expect(await words('supervisor', '')).toEqual(['status', 'stop', 'restart']);
  expect(await words('completion', 'z')).toEqual(['zsh']);
  expect(await words('add', 'x', '--', '')).toEqual([]);
  expect(await words('--p')).toEqual(['--plain']);
});

test('a registry that is broken or missing still completes the verbs, silently', async () => {
  await writeFile(home.registryPath, '{');
  expect(await home.run('mcp', ['__complete', 'sta'])).toMatchObject({ code: 0, stderr: '' });
  expect(await words('sta')).toEqual(['status', 'start']);
});

/** Runs a script in a shell that finds `mcp` on its PATH. */
async function inShell(shell: string, script: string): Promise<string[]> {
  const env = { ...home.env, PATH: `${bin}:${home.env.PATH}` };
  const child = spawn(shell, ['-c', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  await once(child, 'close');
  return text.split('\n').slice(0, -1);
}

/** What bash offers after this much of a line was typed. */
const inBash = (line: string) =>
  inShell(
    'bash',
    `source <(mcp completion bash); COMP_LINE=${JSON.stringify(line)}; COMP_POINT=\${#COMP_LINE}
     _mcp_complete; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );

describe('the scripts', () => {
  const without = (...shells: Need[]) => needs(...shells) !== null;

  test.skipIf(without('bash'))('bash', async () => {
    expect(await inBash('mcp mem')).toEqual(['mem0', 'memory']);
    expect(await inBash('mcp mem0 sto')).toEqual(['stop']);
    expect(await inBash('mcp start ')).toEqual(['mem0', 'memory', 'github', '@work', 'all']);
  });

  test.skipIf(without('bash'))('bash breaks words at @ by itself: only the rest is offered', async () => {
    expect(await inBash('mcp @wo')).toEqual(['work']);
  });

  test.skipIf(without('zsh'))('zsh', async () => {
    const script = `autoload -U compinit && compinit -D; source <(mcp completion zsh)
      _describe() { print -l -- "\${(@P)2}"; }; words=(mcp mem); CURRENT=2; _mcp`;
    expect(await inShell('zsh', script)).toEqual(['mem0:Memory', 'memory:']);
  });

  test.skipIf(without('fish'))('fish', async () => {
    const offered = await inShell('fish', `mcp completion fish | source; complete -C 'mcp mem'`);
    expect(offered).toEqual(['mem0\tMemory', 'memory']);
  });
});
