import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addEntry, removeEntry, replaceEntry } from '../../src/registry/edit-registry.ts';
import { nodeValue, parseDocument } from '../../src/registry/json-document.ts';
import { problemSentence, type Result } from '../../src/registry/problem.ts';

const TEXT = `{
  // the first
  "a": { "command": "x", /* why */ "port": 1 }, // behind a
  // the second

  "b": {
    "command": "y", // slow
    "env": { "K": "v" }, "mine": [1, 2],
  }, // behind b
  // the end
}
`;

function edited(result: Result<string>): string {
  return result.ok ? result.value : problemSentence(result.problem);
}

function parsed(text: string): unknown {
  const { root, errors } = parseDocument(text);
  expect(errors).toEqual([]);
  return root && nodeValue(root);
}

describe('adding', () => {
  test('goes to the end and leaves every line before it alone', () => {
    expect(edited(addEntry(TEXT, 'c', { command: 'z', args: [] }))).toBe(
      TEXT.replace('  // the end\n', '  // the end\n  "c": {\n    "command": "z",\n    "args": []\n  },\n'),
    );
  });

  test('indentation, line ends and byte-order mark are those of the file', () => {
    expect(edited(addEntry('\uFEFF{\r\n\t"a": {}\r\n}\r\n', 'c', { port: 1 }))).toBe(
      '\uFEFF{\r\n\t"a": {},\r\n\t"c": {\r\n\t\t"port": 1\r\n\t}\r\n}\r\n',
    );
  });

  test.each([
    ['', '{\n  "c": {\n    "port": 1\n  }\n}\n'],
    ['{}', '{\n  "c": {\n    "port": 1\n  }\n}'],
    ['{}\n', '{\n  "c": {\n    "port": 1\n  }\n}\n'],
    ['{ /* none yet */ }', '{ /* none yet */\n  "c": {\n    "port": 1\n  }\n}'],
    ['{\n  // none yet\n}\n', '{\n  // none yet\n  "c": {\n    "port": 1\n  }\n}\n'],
    ['{"a":{}}', '{"a":{},\n  "c": {\n    "port": 1\n  }\n}'],
    ['{"a":{} // behind a\n}', '{"a":{}, // behind a\n  "c": {\n    "port": 1\n  }\n}'],
  ])('to %j', (text, result) => {
    expect(edited(addEntry(text, 'c', { port: 1 }))).toBe(result);
  });

  test.each([
    ['a', 'there is a server a already'],
    ['A', 'there is a server a already'],
    ['list', '"list" cannot name a server'],
    ['../x', '"../x" cannot name a server'],
  ])('%s is refused: %s', (name, sentence) => {
    expect(edited(addEntry(TEXT, name, {}))).toContain(sentence);
  });
});

describe('removing', () => {
  test('takes the entry and nothing else', () => {
    expect(edited(removeEntry(TEXT, 'a'))).toBe(TEXT.replace('"a": { "command": "x", /* why */ "port": 1 }, ', ''));
    expect(edited(removeEntry(TEXT, 'b'))).toBe(TEXT.replace(/"b": \{[\s\S]*?\n {2}\}, /, ''));
  });

  test.each([
    ['{\n  "a": {},\n  "b": {}\n}', 'a', '{\n  "b": {}\n}'],
    ['{\n  "a": {},\n  "b": {}\n}', 'b', '{\n  "a": {}\n}'],
    ['{\n  "a": {}, // about a\n  "b": {}\n}', 'b', '{\n  "a": {} // about a\n}'],
    ['{"a":{},"b":{},"c":{}}', 'b', '{"a":{},"c":{}}'],
    ['{"a":{}}', 'a', '{}'],
    ['{"a":{},"b":{},"a":{}}', 'a', '{"b":{}}'],
  ])('from %j: %s', (text, name, result) => {
    expect(edited(removeEntry(text, name))).toBe(result);
  });

  test('an unknown name comes with the nearest one', () => {
    expect(edited(removeEntry('{"github":{}}', 'githb'))).toBe('there is no server "githb" → did you mean github?');
  });
});

describe('replacing', () => {
  test('changes only what differs', () => {
    const entry = { command: 'y2', env: { K: 'v', L: 'w' }, mine: [1, 2], port: 3 };
    expect(edited(replaceEntry(TEXT, 'b', entry))).toBe(
      TEXT.replace('"y"', '"y2"')
        .replace('"K": "v" }', '"K": "v", "L": "w" }')
        .replace('[1, 2],\n', '[1, 2],\n    "port": 3,\n'),
    );
  });

  test('keys that are gone go, comments stay', () => {
    expect(edited(replaceEntry(TEXT, 'a', { port: 1 }))).toBe(TEXT.replace('"command": "x", ', ''));
  });
});

test.each(['{', '[]', '{"a": }', '5'])('a broken text is not edited: %j', (text) => {
  for (const edit of [addEntry(text, 'x', {}), removeEntry(text, 'a'), replaceEntry(text, 'a', {})]) {
    expect(edited(edit)).toContain('broken and was left as it is');
  }
});

describe('for any file', () => {
  const name = fc.stringMatching(/^[a-e]{1,2}$/);
  const value = fc
    .oneof(fc.jsonValue({ maxDepth: 3 }), fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }))
    // JSON has no negative zero.
    .map((any): unknown => JSON.parse(JSON.stringify(any)));
  const servers = fc.dictionary(name, value, { maxKeys: 4 });
  const indent = fc.constantFrom(0, 2, 4, '\t');
  const comments = fc.array(fc.constantFrom('/* one */', '// two\n', '\n', ' ', '/* {"x": 1}, */'), { maxLength: 6 });
  /** Puts comments and blanks behind commas, braces and brackets: places where they are allowed. */
  const decorated = (text: string, bits: readonly string[]) => {
    let next = 0;
    return text.replace(/(?<=^[^"]*(?:"(?:[^"\\]|\\.)*"[^"]*)*)[,{}[\]]/g, (mark) =>
      bits.length === 0 ? mark : `${mark} ${bits[next++ % bits.length]}`,
    );
  };
  const commentsIn = (text: string) => text.match(/\/\* one \*\/|\/\/ two\n|\/\* \{"x": 1\}, \*\//g)?.length ?? 0;
  const file = fc
    .tuple(servers, indent, comments)
    .map(([object, unit, bits]) => decorated(JSON.stringify(object, null, unit), bits));
  const own = (text: string) => ({ ...(parsed(text) as Record<string, unknown>) });

  test('an edit does what it says, whatever the file looks like', () => {
    fc.assert(
      fc.property(file, name, value, (text, key, entry) => {
        const before = own(text);
        const present = Object.hasOwn(before, key);
        if (present) {
          const after = edited(replaceEntry(text, key, entry));
          expect(own(after)).toEqual({ ...before, [key]: entry });
          expect(Object.keys(own(after))).toEqual(Object.keys(before));
          const { [key]: _gone, ...rest } = before;
          expect(own(edited(removeEntry(text, key)))).toEqual(rest);
        } else {
          expect(own(edited(addEntry(text, key, entry)))).toEqual({ ...before, [key]: entry });
        }
      }),
    );
  });

  test('adding and removing again loses no comment, and replacing by the same changes no character', () => {
    fc.assert(
      fc.property(file, value, (text, entry) => {
        const added = edited(addEntry(text, 'new', entry));
        expect(commentsIn(added)).toBe(commentsIn(text) + commentsIn(JSON.stringify(entry)));
        const removed = edited(removeEntry(added, 'new'));
        expect(commentsIn(removed)).toBe(commentsIn(text));
        expect(parsed(removed)).toEqual(parsed(text));
        for (const [key, same] of Object.entries(own(text))) expect(edited(replaceEntry(text, key, same))).toBe(text);
      }),
    );
  });
});
