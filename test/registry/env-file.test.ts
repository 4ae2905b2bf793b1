import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEnvFile, readEnvFile } from '../../src/registry/env-file.ts';
import { problemSentence } from '../../src/registry/problem.ts';

const FILE = '/srv/weather/.env';

function parsed(text: string): Readonly<Record<string, string>> | string {
  const result = parseEnvFile(text, FILE);
  return result.ok ? result.value : problemSentence(result.problem);
}

describe('the dialect, line by line (F16)', () => {
  test.each([
    ['A=1', { A: '1' }],
    ['  A = 1  ', { A: '1' }],
    ['export A=1', { A: '1' }],
    ['A=', { A: '' }],
    ['A: 1', { A: '1' }],
    ['A=1 # comment', { A: '1' }],
    ['# comment\n\n   \nA=1', { A: '1' }],
    ['A="x y"', { A: 'x y' }],
    ["A='x # y'", { A: 'x # y' }],
    ['A=`x "y"`', { A: 'x "y"' }],
    ['A="x" # comment "quoted"', { A: 'x' }],
    ['A="a\\nb"', { A: 'a\nb' }],
    ["A='a\\nb'", { A: 'a\\nb' }],
    ['A="one\ntwo # three\nfour"\nB=5', { A: 'one\ntwo # three\nfour', B: '5' }],
    ['A=\'{"json": true}\'', { A: '{"json": true}' }],
    ["A='it's'", { A: "it's" }],
    ["A=it's", { A: "it's" }],
    ["A='C:\\'", { A: 'C:\\' }],
    ['A="say \\"hi\\""', { A: 'say \\"hi\\"' }],
    ['A=$B ${C}', { A: '$B ${C}' }],
    ['A=a=b', { A: 'a=b' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['A=1\rB=2', { A: '1', B: '2' }],
    ['\uFEFFA=1', { A: '1' }],
    ['A=1\nA=2', { A: '2' }],
    ['DB_URL=postgresql://u:p@h:5432/d?x=1', { DB_URL: 'postgresql://u:p@h:5432/d?x=1' }],
    ['', {}],
  ])('%j', (text, values) => {
    expect(parsed(text)).toEqual(values);
  });

  test.each([
    ['A=1\nnonsense\nB=2', `${FILE}:2 is not of the form NAME=value`],
    ['=1', `${FILE}:1 is not of the form NAME=value`],
    ['A B=1', `${FILE}:1 is not of the form NAME=value`],
    ['\n\nA="open\nB=2', `${FILE}:3 opens a quote " that is never closed`],
    ["A='open", `${FILE}:1 opens a quote ' that is never closed`],
    ['A="x"y', `${FILE}:1 has text after the closing "`],
    ['A=1\nB="one\ntwo" three\n', `${FILE}:2 opens a quote "`],
    ['A="one\ntwo" three\nB="x"', `${FILE}:1 opens a quote "`],
    ['__proto__=1', `${FILE}:1 is not of the form NAME=value`],
    ['A=1\0', `${FILE}:1 contains a NUL character`],
  ])('%j is refused: %s', (text, sentence) => {
    expect(parsed(text)).toContain(sentence);
  });

  test('what stands in a malformed line is not repeated: it may be a secret', () => {
    expect(parsed('hunter2')).not.toContain('hunter2');
  });
});

describe('the file', () => {
  test('missing, too large, a directory: refused by name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-env-'));
    const file = join(folder, '.env');
    const refusal = (path: string) => {
      const result = readEnvFile(path);
      return result.ok ? 'read' : problemSentence(result.problem);
    };
    expect(refusal(file)).toContain(`the env file ${file} does not exist`);
    writeFileSync(file, '');
    truncateSync(file, 10 * 1024 * 1024);
    expect(refusal(file)).toContain('is too large');
    expect(refusal(folder)).toContain('is a directory');
    rmSync(folder, { recursive: true });
  });

  test('a megabyte of anything is judged at once', () => {
    const size = 1024 * 1024 - 1;
    const began = performance.now();
    for (const text of [
      '\n'.repeat(size),
      ' '.repeat(size),
      '"'.repeat(size),
      'A="\n'.repeat(size / 4),
      `A=${' '.repeat(size - 3)}"`,
    ]) {
      parseEnvFile(text, FILE);
    }
    // A quadratic parser needs minutes for these; this takes well under a second.
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

test('what a person writes in quotes is what the server gets', () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
  const value = fc.string().filter((text) => !/['\\\r\0\u2028\u2029]/.test(text));
  fc.assert(
    fc.property(fc.dictionary(name, value), (values) => {
      const text = Object.entries(values).map(([key, item]) => `export ${key}='${item}'`);
      expect(parsed(text.join('\n'))).toEqual({ ...values });
    }),
  );
});

test('no text throws', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => void parsed(text)));
  fc.assert(fc.property(fc.stringMatching(/^[A="'`\\\n#\s:]{0,40}$/), (text) => void parsed(text)));
});
