import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '../helpers/root.ts';
import { startProgram } from '../helpers/running.ts';

const program = 'src/bin/filesystem-server.ts';
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'filesystem-server-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test("serves the folders of its command line with npm's reference server", async () => {
  await mkdir(path.join(dir, 'shared'));
  await writeFile(path.join(dir, 'shared', 'note.txt'), 'hello from the folder');
  await writeFile(path.join(dir, 'private.txt'), 'not yours');
  const client = new Client({ name: 'test', version: '1' });
  const args = [path.join(root, program), path.join(dir, 'shared')];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
  const read = (name: string) => client.callTool({ name: 'read_text_file', arguments: { path: path.join(dir, name) } });
  expect(JSON.stringify(await read('shared/note.txt'))).toContain('hello from the folder');
  expect(await read('private.txt')).toMatchObject({ isError: true });
  await client.close();
});

test('ends with its client', async () => {
  const { code } = await startProgram(process.execPath, [path.join(root, program), dir], { input: '' }).ended;
  expect(code).toBe(0);
});

test('without the package it says in one sentence what to do', async () => {
  for (const file of [program, 'src/registry/errno.ts', 'package.json'])
    await cp(path.join(root, file), path.join(dir, file));
  const { code, stdout, stderr } = await startProgram(process.execPath, [path.join(dir, program), dir]).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^filesystem-server: [^\n]* is not installed → npm install @modelcontextprotocol\/server-filesystem\n$/,
  );
});
