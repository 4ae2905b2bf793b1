import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, it } from 'vitest';
import { readHubToken } from '../../src/registry/hub-token.ts';
import { temporaryHome } from '../helpers/home.ts';
import { root } from '../helpers/root.ts';
import { Terminal } from '../helpers/terminal.ts';

it('finds a tool, calls it by its form, sees who else called it, repeats that call and keeps it as a case', async () => {
  await using home = await temporaryHome();
  const folder = path.join(home.dir, 'files');
  await mkdir(folder);
  await writeFile(path.join(folder, 'note.txt'), 'milk and bread');
  const filesystem = path.join(root, 'dist/filesystem-server.js');
  await home.writeRegistry({
    files: { transport: 'stdio', command: process.execPath, args: [filesystem, folder] },
  });
  await home.run('mcp', ['start', 'files']);
  const person = new Terminal(home, { columns: 140 });
  await person.line(/files +ready/);

  // A tool by what it does, and its form.
  person.type('6');
  await person.line(/files {2}ready {2}\d+ tools/);
  person.type('/read_text\r\r');
  await person.line(/▸ path\*/);
  person.type(path.join(folder, 'note.txt'));
  person.type('\tmany');
  person.type('\u0013');
  await person.line(/✘ .* must be a number, and "many" is none/);
  person.type('\u0015\u0013');
  await person.line(/✓ answered after/);
  await person.line(/milk and bread/);

  // A program calls the same server through the hub, and is seen.
  const headers = { authorization: `Bearer ${readHubToken(home.runtimeDir)}` };
  const url = new URL(`http://127.0.0.1:${home.hubPort}/mcp`);
  const client = new Client({ name: 'editor', version: '7.0' });
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  await client.callTool({ name: 'files__list_directory', arguments: { path: folder } });
  person.type('\u001B');
  await person.line(/▸ tail/);
  person.type('\u001B');
  await person.line(/6 Tools/);
  person.type('5');
  await person.line(/mcp-cockpit +⇢ +files +tools\/call read_text_file .* ✓ ok/);
  await person.line(/▸.* editor +⇢ +files +tools\/call list_directory .* ✓ ok/);
  person.type('7');
  await person.line(/editor 7\.0 .* \/mcp +files +1 .* connected/);

  // Its call again, and as a case for a test.
  person.type('5r');
  await person.line(/▸ path\* +\[.*files/);
  person.type('\u0013');
  await person.line(/\[FILE\] note\.txt/);
  person.type('W');
  await person.line(/wrote 1 case to .*mcp-suite-files-/);
  const [suite = ''] = (await readdir(home.dir)).filter((name) => name.startsWith('mcp-suite-files-'));
  expect(JSON.parse(await readFile(path.join(home.dir, suite), 'utf8'))).toMatchObject({
    server_name: 'files',
    tests: [
      { type: 'tool', tool: 'list_directory', args: { path: folder }, expected: { contains: '[FILE] note.txt' } },
    ],
  });

  await client.close();
  person.type('\u001B');
  await person.line(/\[ Call \]/);
  person.type('\u001B');
  await person.line(/6 Tools/);
  person.type('q');
  expect((await person.ended).exitCode).toBe(0);
}, 60_000);
