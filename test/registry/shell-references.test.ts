import { describe, expect, test } from 'vitest';
import { lookupIn } from '../../src/registry/expand.ts';
import { shellLine, unsetInShellLine } from '../../src/registry/shell-references.ts';

const lookup = lookupIn({ SET: 'x' });

describe('variables that a shell line needs', () => {
  test.each([
    ['serve ${A} ${B} ${A}', ['A', 'B']],
    ['serve ${SET}', []],
    ['serve ${A:-1} ${A-1} ${A:+1} ${#A} ${A%x}', []],
    ['serve $A', []],
    ['A=1; serve ${A}', []],
    ['A=1 && B=2 serve "${A}${B}"', []],
    ['for f in *; do serve ${f}; done', []],
    ['read -r line; echo ${line}', []],
    ['NOTA=1 serve ${A}', ['A']],
    ['echo \\${A} $${A}', []],
  ])('%s: %j', (line, unset) => {
    expect(unsetInShellLine(line, lookup)).toEqual(unset);
  });
});

test.each([
  ['serve ${env:A} "${env:B:-1}"', 'serve ${A} "${B:-1}"'],
  ["awk '{print $1}' ~/x ${A}", "awk '{print $1}' ~/x ${A}"],
])('%s is run as %s', (line, run) => {
  expect(shellLine(line)).toBe(run);
});
