import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../helpers/root.ts';
import { startProgram } from '../helpers/running.ts';

/** Builds of a small stand-in program, with the real script: what matters here is dist/, not what is in it. */
let checkout: string;

const write = (name: string, text: string) => writeFileSync(path.join(checkout, name), text);
const dist = (name: string) => path.join(checkout, 'dist', name);
const build = (...args: string[]) =>
  execFileSync(process.execPath, ['build.mjs', ...args], { cwd: checkout, encoding: 'utf8', stdio: 'pipe' });
const run = () => execFileSync(process.execPath, [dist('bin/mcp.cjs')], { encoding: 'utf8' });

beforeAll(() => {
  checkout = mkdtempSync(path.join(tmpdir(), 'build-'));
  cpSync(path.join(root, 'build.mjs'), path.join(checkout, 'build.mjs'));
  cpSync(path.join(root, 'src/bin/launcher.cjs'), path.join(checkout, 'src/bin/launcher.cjs'), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(checkout, 'node_modules'));
  write('package.json', '{ "type": "module" }');
  mkdirSync(path.join(checkout, 'src/cli'));
  write('src/cli/main.ts', 'export {};');
});
afterAll(() => rmSync(checkout, { recursive: true }));

beforeEach(() => {
  write('src/late.ts', "export const late = 'late 1';");
  write('src/bin/mcp.ts', "const { late } = await import('../late.ts'); console.log(late);");
  for (const name of ['claude-mcp', 'supervisor', 'memory-server', 'filesystem-server']) {
    write(`src/bin/${name}.ts`, "const { late } = await import('../late.ts'); console.log(late);");
  }
});

test('a build runs, and says so in one line', () => {
  expect(build()).toMatch(/^built dist\/: \d+ files, \d+ kB, \d+ ms\n$/);
  expect(run()).toBe('late 1\n');
  expect(statSync(dist('bin/mcp.cjs')).mode & 0o777).toBe(0o755);
});

test('text is measured and taken apart as by the libraries that the build changes', () => {
  const texts = [
    'plain ┃▁ text',
    '\u001B[1;31mred\u001B[39m\nline',
    '漢字',
    'e\u0301',
    '\u{1F468}\u200D\u{1F469}',
    '1\uFE0F\u20E3',
    'a\tb',
    '\u001B]8;;x\u0007y',
    '',
  ];
  cpSync(path.join(root, 'src/cockpit/text/plain.ts'), path.join(checkout, 'src/cockpit/text/plain.ts'));
  write(
    'src/bin/mcp.ts',
    `import stringWidth from 'string-width'; import { tokenize } from '@alcalzone/ansi-tokenize';
     console.log(JSON.stringify(${JSON.stringify(texts)}.map((text) => [stringWidth(text), tokenize(text), tokenize(text, 2)])))`,
  );
  build();
  const unbuilt = execFileSync(process.execPath, ['src/bin/mcp.ts'], { cwd: checkout, encoding: 'utf8' });
  expect(run()).toBe(unbuilt);
});

describe('--if-stale', () => {
  test('does nothing, twice, until a source changes in content', () => {
    build();
    expect(build('--if-stale')).toBe('');
    utimesSync(path.join(checkout, 'src/late.ts'), new Date(), new Date());
    expect(build('--if-stale')).toBe('');
    write('src/late.ts', "export const late = 'late 2';");
    expect(build('--if-stale')).toMatch(/^built/);
    expect(run()).toBe('late 2\n');
    expect(build('--if-stale')).toBe('');
  });

  test('notices a file that is missing or was changed in dist/', () => {
    build();
    rmSync(dist('supervisor.js'));
    expect(build('--if-stale')).toMatch(/^built/);
    writeFileSync(dist('mcp.mjs'), 'half a fi');
    expect(build('--if-stale')).toMatch(/^built/);
    expect(run()).toBe('late 1\n');
  });
});

test('a program that runs from dist/ still finds what it imports late, for a day after the rebuild', () => {
  const chunks = () => readdirSync(dist('chunks'));
  const age = (names: readonly string[]) => {
    const longAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000);
    for (const name of names) utimesSync(dist(`chunks/${name}`), longAgo, longAgo);
  };
  build('--clean');
  const before = chunks();
  // However old the file is: it was in use until now.
  age(before);
  write('src/late.ts', "export const late = 'late 2';");
  build();
  expect(chunks()).toEqual(expect.arrayContaining(before));
  age(before);
  build();
  expect(chunks().filter((name) => before.includes(name))).toEqual([]);
  expect(run()).toBe('late 2\n');
});

test('--clean keeps nothing of earlier builds', () => {
  build();
  write('src/late.ts', "export const late = 'late 3';");
  writeFileSync(dist('stray.js'), '');
  build('--clean');
  const { files } = JSON.parse(readFileSync(dist('build.json'), 'utf8'));
  const present = readdirSync(path.join(checkout, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(path.join(checkout, 'dist'), path.join(entry.parentPath, entry.name)));
  expect(present.sort()).toEqual([...Object.keys(files), 'build.json'].sort());
});

test('a source that does not compile leaves dist/ as it was, and is told in words', () => {
  build();
  write('src/late.ts', 'export const late = ;');
  expect(() => build()).toThrow(/build failed: .*late\.ts:1:20/s);
  expect(run()).toBe('late 1\n');
});

test('a build that is killed at any moment leaves a dist/ that runs', async () => {
  build();
  for (let round = 1; round <= 12; round++) {
    write('src/late.ts', `export const late = 'late ${round}';`);
    const building = startProgram(process.execPath, ['build.mjs'], { cwd: checkout });
    // Spread over the length of a build, whatever that is here: the last rounds mostly finish first.
    setTimeout(() => building.child.kill('SIGKILL'), round * 15);
    await building.ended;
    expect(run()).toMatch(/^late \d+\n$/);
  }
});

test('each standalone program is one file that imports nothing of dist/', () => {
  build();
  for (const name of ['supervisor', 'memory-server', 'filesystem-server']) {
    const alone = mkdtempSync(path.join(tmpdir(), 'alone-'));
    try {
      const copy = path.join(alone, `${name}.mjs`);
      cpSync(dist(`${name}.js`), copy);
      expect(execFileSync(process.execPath, [copy], { encoding: 'utf8' })).toBe('late 1\n');
    } finally {
      rmSync(alone, { recursive: true });
    }
  }
});

test('a module of Node that takes long to load is loaded by the first call of one of its functions', () => {
  write(
    'src/bin/mcp.ts',
    `import { createHash } from 'node:crypto';
     const isLoaded = () => process.moduleLoadList.includes('NativeModule crypto');
     const before = isLoaded();
     const hash = createHash('sha256').update('a').digest('hex').slice(0, 8);
     console.log(before, hash, isLoaded());`,
  );
  build();
  expect(run()).toBe('false ca978112 true\n');
});
