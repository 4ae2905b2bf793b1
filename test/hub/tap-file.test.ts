import { readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { temporaryHome } from '../helpers/home.ts';
import { tinyStdio } from '../helpers/tiny.ts';
import { waitFor } from '../helpers/wait.ts';

const SECRET = 'hunter2hunter2';

it('writes what passes through the hub to a file where the settings name one, secrets masked', async () => {
  await using home = await temporaryHome();
  const file = path.join(home.dir, 'traffic.jsonl');
  await home.writeSettings({ tapFile: '~/traffic.jsonl' });
  await home.writeRegistry({ tiny: { ...tinyStdio(), env: { API_TOKEN: SECRET }, autostart: true } });
  expect((await home.run('mcp', ['tiny', 'start'])).code).toBe(0);
  expect((await home.run('mcp', ['tiny', 'call', 'tool_0', `text=${SECRET}`])).code).toBe(0);
  const lines = await waitFor('a line in the file', () => {
    const text = readFileSync(file, 'utf8');
    return text.includes('tools/call') ? text.trim().split('\n') : null;
  });
  const call = JSON.parse(lines.find((line) => line.includes('"tools/call"')) ?? '{}');
  expect(call).toMatchObject({ server: 'tiny', method: 'tools/call', subject: 'tool_0', outcome: 'ok' });
  expect(JSON.stringify(call.response)).toContain('tool_0');
  expect(lines.join('\n')).not.toContain(SECRET);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('says so once when the file cannot be written, and serves on', async () => {
  await using home = await temporaryHome();
  const file = path.join(home.dir, 'traffic.jsonl');
  symlinkSync('/etc/passwd', file);
  await home.writeSettings({ tapFile: file });
  await home.writeRegistry({ tiny: { ...tinyStdio(), autostart: true } });
  expect((await home.run('mcp', ['tiny', 'start'])).code).toBe(0);
  for (const text of ['one', 'two']) {
    expect(await home.run('mcp', ['tiny', 'call', 'tool_0', `text=${text}`])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(text),
    });
  }
  expect(readFileSync('/etc/passwd', 'utf8')).not.toContain('tools/call');
});
