import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { resolvePaths } from '../../src/registry/paths.ts';
import { problemSentence } from '../../src/registry/problem.ts';

const home = mkdtempSync(join(tmpdir(), 'mcp-paths-'));
afterAll(() => rmSync(home, { recursive: true }));

function refusal(env: NodeJS.ProcessEnv): string {
  const paths = resolvePaths(env);
  return paths.ok ? `resolved: ${JSON.stringify(paths.value)}` : problemSentence(paths.problem);
}

test('without variables everything is below HOME', () => {
  expect(resolvePaths({ HOME: `${home}/` })).toEqual({
    ok: true,
    value: {
      home,
      registryFile: join(home, '.mcp-servers.json'),
      settingsFile: join(home, '.mcp-cockpit.json'),
      runtimeDir: join(home, '.mcp-runtime'),
      dataDir: join(home, 'mcp-data'),
    },
  });
});

test.each([
  ['/run/mcp/', '/run/mcp'],
  ['~/run', join(home, 'run')],
  ['~', home],
  ['/a/../b', '/b'],
  ['', join(home, '.mcp-runtime')],
])('MCP_RUNTIME_DIR=%s is %s', (value, runtimeDir) => {
  expect(resolvePaths({ HOME: home, MCP_RUNTIME_DIR: value })).toMatchObject({ value: { runtimeDir } });
});

test('MCP_DATA_DIR works alike', () => {
  expect(resolvePaths({ HOME: home, MCP_DATA_DIR: '~/data' })).toMatchObject({
    value: { dataDir: join(home, 'data') },
  });
});

describe('a HOME that cannot be used is refused with one sentence and the way out (F47)', () => {
  test.each([
    ['unset', undefined, 'the variable HOME is not set'],
    ['empty', '', 'the variable HOME is empty'],
    ['relative', 'ann', 'HOME is not an absolute path: ann'],
    ['missing', join(home, 'none'), 'cannot be used: no such file or directory'],
    ['a file', join(home, 'file'), 'HOME is not a directory'],
  ])('%s', (_case, value, sentence) => {
    writeFileSync(join(home, 'file'), '');
    const said = refusal(value === undefined ? {} : { HOME: value });
    expect(said).toContain(sentence);
    expect(said).toContain('→ export HOME=/');
  });

  test('a relative MCP_RUNTIME_DIR or MCP_DATA_DIR too: it would be another one in every directory', () => {
    expect(refusal({ HOME: home, MCP_RUNTIME_DIR: 'run' })).toContain('MCP_RUNTIME_DIR is not an absolute path: run');
    expect(refusal({ HOME: home, MCP_DATA_DIR: './d' })).toContain('MCP_DATA_DIR is not an absolute path: ./d');
  });
});
