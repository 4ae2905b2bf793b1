import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { analyzeShape } from '../../../src/cli/claude/json-shapes.ts';
import { type Home, temporaryHome } from '../../helpers/home.ts';
import { type Need, needs } from '../../helpers/require.ts';
import { Terminal } from '../../helpers/terminal.ts';
import { tinyStdio } from '../../helpers/tiny.ts';
import { waitFor } from '../../helpers/wait.ts';
import { serverOf } from '../status-of.ts';
import { type ClaudeHome, claudeHome } from './claude-home.ts';

let home: Home;
let claude: ClaudeHome;
beforeEach(async () => {
  home = await temporaryHome();
  claude = await claudeHome(home);
});
afterEach(() => home.close());

const run = (args: readonly string[], options: { cwd?: string; input?: string } = {}) =>
  home.run('claude-mcp', args, { env: claude.env, ...options });

describe('shell-init', () => {
  const SHELLS: readonly Need[] = ['bash', 'zsh', 'fish'];
  /** Says what it was called with, in a shell of each kind. */
  const SPY = {
    bash: `claude-mcp() { printf '<%s>' "$@"; echo; }`,
    zsh: `claude-mcp() { printf '<%s>' "$@"; echo; }`,
    fish: `function claude-mcp; printf '<%s>' $argv; echo; end`,
  };

  for (const shell of SHELLS)
    test.skipIf(needs(shell) !== null)(
      `${shell}: the helpers call what they stand for, words kept together`,
      async () => {
        const { stdout } = await run(['shell-init', shell]);
        const script = path.join(home.dir, 'init');
        await writeFile(script, stdout);
        const spy = SPY[shell as keyof typeof SPY];
        const lines = `source ${script}\n${spy}\nremember I prefer "two  spaces" '$HOME'\nrecall language\ncms --json\ncml\ncm send a b '{"x": 1}'`;
        const child = spawn(shell, ['-c', lines], {
          env: { ...home.env, ...claude.env, PATH: `${claude.env.PATH}:${process.env.PATH}` },
        });
        let text = '';
        child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        await once(child, 'close');
        expect(text.trim().split('\n')).toEqual([
          '<memory><save><I prefer two  spaces $HOME>',
          '<memory><search><language>',
          '<status><--json>',
          '<memory><list>',
          '<send><a><b><{"x": 1}>',
        ]);
      },
    );

  test.skipIf(needs('bash') !== null)('an alias of the same name that was there before does no harm', async () => {
    const { stdout } = await run(['shell-init', 'bash']);
    const lines = `shopt -s expand_aliases\nalias cm=ls remember=ls\n${stdout}\n${SPY.bash}\nremember x`;
    await writeFile(path.join(home.dir, 'lines'), lines);
    const shown = execFileSync('bash', [path.join(home.dir, 'lines')], { encoding: 'utf8' });
    expect(shown.trim()).toBe('<memory><save><x>');
  });

  test('another shell is wrong use', async () => {
    expect(await run(['shell-init', 'tcsh'])).toMatchObject({ code: 2 });
  });
});

describe.skipIf(needs('git') !== null)('git-hook', () => {
  let repository: string;
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: repository,
      stdio: 'pipe',
      encoding: 'utf8',
      env: { ...home.env, ...claude.env },
    });
  const hook = () => path.join(repository, '.git/hooks/post-commit');

  beforeEach(async () => {
    repository = path.join(home.dir, 'shop');
    await mkdir(repository);
    git('init', '-q');
  });

  test('a commit is remembered, in the background; one that cannot be remembered is a commit all the same', async () => {
    expect(await run(['git-hook', '--install'], { cwd: repository })).toMatchObject({
      code: 0,
      stdout: `installed ${hook()}\n`,
    });
    expect((await stat(hook())).mode & 0o111).not.toBe(0);
    // From here on a stand-in that notes what it is called with.
    await unlink(path.join(claude.bin, 'claude-mcp'));
    const noted = path.join(home.dir, 'noted');
    await claude.program('claude-mcp', `printf '<%s>' "$@" > ${noted}.part; mv ${noted}.part ${noted}`);
    git('commit', '-q', '--allow-empty', '-m', 'Mend the "till"', '-m', '- second line');
    await waitFor('the note', () =>
      access(noted).then(
        () => true,
        () => false,
      ),
    );
    expect(await readFile(noted, 'utf8')).toBe('<memory><save><Committed: Mend the "till"\n\n- second line>');

    await unlink(path.join(claude.bin, 'claude-mcp'));
    git('commit', '-q', '--allow-empty', '-m', 'Nobody notes this');
    expect(git('log', '-1', '--pretty=%s').trim()).toBe('Nobody notes this');
  });

  test('a hook of somebody else is never overwritten nor removed; ours is both', async () => {
    await writeFile(hook(), '#!/bin/sh\necho theirs\n');
    await chmod(hook(), 0o755);
    for (const option of ['--install', '--remove']) {
      expect((await run(['git-hook', option], { cwd: repository })).code).not.toBe(0);
    }
    expect(await readFile(hook(), 'utf8')).toBe('#!/bin/sh\necho theirs\n');
    await unlink(hook());
    await run(['git-hook', '--install'], { cwd: repository });
    expect((await run(['git-hook', '--install'], { cwd: repository })).code).toBe(0);
    await writeFile(hook(), `${await readFile(hook(), 'utf8')}echo mine as well\n`);
    expect((await run(['git-hook', '--remove'], { cwd: repository })).stderr).toContain('not ours alone');
    await unlink(hook());
    await run(['git-hook', '--install'], { cwd: repository });
    expect(await run(['git-hook', '--remove'], { cwd: repository })).toMatchObject({ code: 0 });
    await expect(access(hook())).rejects.toThrow();
  });

  test('goes where git looks; outside of a repository it says so', async () => {
    git('config', 'core.hooksPath', 'my-hooks');
    await run(['git-hook', '--install'], { cwd: repository });
    expect(await readFile(path.join(repository, 'my-hooks/post-commit'), 'utf8')).toContain('claude-mcp memory save');
    expect(await run(['git-hook', '--install'], { cwd: home.dir })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is in no git repository'),
    });
  });
});

const SERVERS = {
  notes: { ...tinyStdio(), keywords: ['remember', 'note'], description: 'Keeps notes' },
  shop: { command: 'x', keywords: ['order'] },
};

describe('hook', () => {
  test('names what fits, with its state and what starts it, as Claude Code expects it', async () => {
    await home.writeRegistry(SERVERS);
    const input = JSON.stringify({ hook_event_name: 'UserPromptSubmit', prompt: 'Remember this note', cwd: home.dir });
    const { code, stdout, stderr } = await run(['hook'], { input });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { hookSpecificOutput } = JSON.parse(stdout);
    expect(hookSpecificOutput.hookEventName).toBe('UserPromptSubmit');
    expect(hookSpecificOutput.additionalContext).toMatch(
      /- notes: stopped; `mcp notes start` starts it \(.*keyword "remember"/,
    );
    expect(hookSpecificOutput.additionalContext).not.toContain('shop');
    expect(await home.processes()).toEqual([]);
  });

  test.each([
    ['nothing fits', JSON.stringify({ prompt: 'hello there' })],
    ['no prompt', '{}'],
    ['no JSON', 'x'],
    ['nothing', ''],
  ])('%s: silent, and never in the way', async (_what, input) => {
    await home.writeRegistry(SERVERS);
    expect(await run(['hook'], { input })).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  });

  test('a broken registry is no reason to hold up a prompt', async () => {
    await writeFile(home.registryPath, '{');
    expect(await run(['hook'], { input: '{"prompt":"remember"}' })).toMatchObject({ code: 0, stdout: '' });
  });

  test('on a terminal: the settings that make it one', async () => {
    const terminal = new Terminal(home, { program: 'claude-mcp', args: ['hook'], env: claude.env });
    expect((await terminal.ended).exitCode).toBe(0);
    const text = terminal.text();
    const settings = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
    expect(settings.hooks.UserPromptSubmit[0].hooks[0]).toMatchObject({ type: 'command', command: 'claude-mcp hook' });
  });
});

describe('analyze', () => {
  const analyze = async (...args: string[]) => {
    const { stdout, code } = await run(['analyze', ...args, '--json']);
    return { code, ...analyzeShape.parse(JSON.parse(stdout)) };
  };

  test('off a terminal it suggests and starts nothing', async () => {
    await home.writeRegistry(SERVERS);
    const { servers, started } = await analyze('please remember', 'this note');
    expect(servers).toEqual([
      { name: 'notes', score: expect.any(Number), fits: true, state: 'stopped', reasons: expect.any(Array) },
    ]);
    expect(started).toEqual([]);
    const shown = await run(['analyze', 'remember this note']);
    expect(shown).toMatchObject({ code: 0, stderr: expect.stringContaining('mcp start notes') });
    expect(await home.processes()).toEqual([]);
  });

  test('--start starts what fits, and only that; a second time there is nothing to start', async () => {
    await home.writeRegistry(SERVERS);
    const { started, code } = await analyze('remember this note', '--start');
    expect({ started, code }).toEqual({ started: [{ name: 'notes', ok: true, verb: 'started' }], code: 0 });
    expect((await serverOf(home, 'shop')).state).toBe('stopped');
    expect(await analyze('remember this note', '--yes')).toMatchObject({ started: [], servers: [{ state: 'ready' }] });
  });

  test("the tools of a server that runs count, and so do the user's own words", async () => {
    await home.writeRegistry({ tiny: tinyStdio() });
    expect((await analyze('run the first tool')).servers).toEqual([]);
    await home.run('mcp', ['tiny', 'start']);
    expect((await analyze('run the first tool')).servers[0]).toMatchObject({ name: 'tiny', reasons: ['tool "tool"'] });
    await writeFile(path.join(home.dir, '.mcp-router-config.json'), '{"task_patterns": {"tiny": ["say.+again"]}}');
    expect((await analyze('say it again')).servers[0]).toMatchObject({ name: 'tiny', fits: true });
  });

  test('on a terminal it asks', async () => {
    await home.writeRegistry(SERVERS);
    const terminal = new Terminal(home, { program: 'claude-mcp', args: ['analyze', 'remember'], env: claude.env });
    await terminal.line(/start notes\? \[y\/N\]/);
    terminal.type('y\r');
    expect((await terminal.ended).exitCode).toBe(0);
    expect((await serverOf(home, 'notes')).state).toBe('ready');
  });

  test('nothing fits: said, and no failure', async () => {
    await home.writeRegistry(SERVERS);
    expect(await run(['analyze', 'hello'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('no server fits'),
    });
  });
});

test('completion knows its verbs; servers do not stand before them', async () => {
  await home.writeRegistry(SERVERS);
  const words = async (...typed: string[]) =>
    (await run(['__complete', ...typed])).stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t')[0]);
  expect(await words('')).toEqual(expect.arrayContaining(['install', 'which', 'analyze', 'status']));
  expect(await words('')).not.toContain('notes');
  expect(await words('status', 'n')).toEqual(['notes']);
  expect(await words('install', '--scope', '')).toEqual(['user', 'project', 'local']);
  expect(await words('shell-init', '')).toEqual(['bash', 'zsh', 'fish']);
});
