import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claudeNames, hubEntry, isOurs } from '../../src/claude/our-entry.ts';
import { ownCommand, shellQuote } from '../../src/claude/own-command.ts';

describe('an entry of ours', () => {
  test.each([
    'claude-mcp headers',
    '/opt/cockpit/dist/bin/claude-mcp.cjs headers',
    "'/opt/my cockpit/dist/bin/claude-mcp.cjs' headers",
    'MCP_RUNTIME_DIR=/run/mine claude-mcp headers',
  ])('is known by its helper: %s', (helper) => {
    expect(isOurs(hubEntry(8049, null, helper))).toBe(true);
    expect(isOurs({ ...hubEntry(8049, 'github', helper), timeout: 5 })).toBe(true);
  });

  test.each([
    { type: 'http', url: 'http://127.0.0.1:8049/mcp' },
    { type: 'http', url: 'https://evil.example/mcp', headersHelper: 'claude-mcp headers' },
    { type: 'http', url: 'http://127.0.0.1:8049/mcp', headersHelper: 'get-headers' },
    { command: 'claude-mcp', args: ['headers'] },
    null,
    'cockpit',
  ])('and nothing else is: %j', (raw) => {
    expect(isOurs(raw)).toBe(false);
  });
});

test('names that Claude Code takes, each once', () => {
  const names = claudeNames(['github', 'a.b', 'a_b', 'x-y']);
  expect([...names]).toEqual([
    ['github', 'github'],
    ['a.b', 'a_b'],
    ['a_b', 'a_b_2'],
    ['x-y', 'x-y'],
  ]);
});

describe('what we are called by', () => {
  let dir: string;
  let launcher: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'own command '));
    launcher = path.join(dir, 'dist', 'bin', 'claude-mcp.cjs');
    await mkdir(path.dirname(launcher), { recursive: true });
    await writeFile(launcher, '#!/bin/sh\necho "$MCP_RUNTIME_DIR:$1"\n');
    await chmod(launcher, 0o755);
  });
  afterEach(() => rm(dir, { recursive: true }));

  const command = (PATH: string, more: Record<string, string> = {}) =>
    ownCommand({ env: { PATH, ...more }, home: '/home/u', root: dir });
  const run = (line: string) =>
    execFileSync('/bin/sh', ['-c', `${line} headers`], { encoding: 'utf8', env: {} }).trim();

  test('the bare word where the PATH leads here', async () => {
    const bin = path.join(dir, 'bin');
    await mkdir(bin);
    await symlink(launcher, path.join(bin, 'claude-mcp'));
    expect(command(`/usr/bin:${bin}`)).toBe('claude-mcp');
    expect(command(bin, { MCP_RUNTIME_DIR: '/home/u/.mcp-runtime' })).toBe('claude-mcp');
  });

  test('a path that any shell understands where it leads elsewhere, or nowhere', async () => {
    const bin = path.join(dir, 'bin');
    await mkdir(bin);
    await writeFile(path.join(bin, 'claude-mcp'), '#!/bin/sh\n');
    await chmod(path.join(bin, 'claude-mcp'), 0o755);
    for (const line of [command(bin), command('/usr/bin')]) expect(run(line)).toBe(':headers');
  });

  test('what npm puts on the PATH of its scripts is gone when somebody else calls', async () => {
    const bin = path.join(dir, 'node_modules', '.bin');
    await mkdir(bin, { recursive: true });
    await symlink(launcher, path.join(bin, 'claude-mcp'));
    expect(command(bin)).toContain(launcher);
  });

  test('a runtime directory of its own goes along', () => {
    expect(run(command('/usr/bin', { MCP_RUNTIME_DIR: "/run/it's mine" }))).toBe("/run/it's mine:headers");
  });

  test.each(['plain', 'with space', "it's", '$HOME `x` "q"', ''])('quoting %j', (text) => {
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellQuote(text)}`], { encoding: 'utf8' })).toBe(text);
  });
});
