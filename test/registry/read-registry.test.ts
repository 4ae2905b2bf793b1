import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PORTS, defaultRegistry } from '../../src/registry/default-registry.ts';
import { problemSentence } from '../../src/registry/problem.ts';
import { type EntryState, parseRegistry } from '../../src/registry/read-registry.ts';

const FILE = '/home/ann/.mcp-servers.json';

/** All entries by name, with their problems and warnings as sentences. */
function read(text: string) {
  const state = parseRegistry(text, FILE);
  const sentences = ({ problems, warnings }: EntryState) => ({
    problems: problems.map(problemSentence),
    warnings: warnings.map(problemSentence),
  });
  return {
    ...state,
    usable: state.entries.filter(({ entry }) => entry !== null).map(({ name }) => name),
    of: (name: string) => {
      const entry = state.entries.find((candidate) => candidate.name === name);
      if (entry === undefined) throw new Error(`no entry ${name}`);
      return { ...entry, ...sentences(entry) };
    },
  };
}

const DOCUMENTED = JSON.stringify(
  {
    weather: {
      name: 'Weather',
      path: '~/mcp-weather',
      command: 'python server.py',
      port: 8055,
      env_file: '.env',
      env: { CACHE_TTL: 300, CACHE_ENABLED: true },
      dependencies: {
        database: { type: 'docker', image: 'postgres:15', name: 'db', env: { A: 'b' }, ports: { '5432': '5432' } },
        external: { type: 'service', check_url: 'http://localhost:9090/health' },
      },
      install: 'pip install -r requirements.txt',
      health_check: 'curl -f http://localhost:8055/health',
    },
  },
  null,
  2,
);

describe('a good file', () => {
  test('the nine documented fields are read without a word', () => {
    const { status, usable, of, problems } = read(DOCUMENTED);
    expect({ status, usable, problems }).toEqual({ status: 'good', usable: ['weather'], problems: [] });
    expect(of('weather')).toMatchObject({ problems: [], warnings: [], line: 2, column: 3 });
    expect(of('weather').entry?.env).toEqual({ CACHE_TTL: '300', CACHE_ENABLED: 'true' });
  });

  test('the default registry is read without a word', () => {
    const { usable, entries } = read(JSON.stringify(defaultRegistry(DEFAULT_PORTS)));
    expect(usable).toEqual(['mem0', 'filesystem', 'github']);
    expect(entries.flatMap(({ problems, warnings }) => [...problems, ...warnings])).toEqual([]);
  });

  test('comments, trailing commas, a byte-order mark, CRLF and "$schema" do not disturb', () => {
    const text = '\uFEFF{\r\n  // mine\r\n  "$schema": "x.json",\r\n  "a": { "command": "x", /* y */ },\r\n}\r\n';
    expect(read(text)).toMatchObject({ status: 'good', usable: ['a'] });
    expect(read(text).of('a')).toMatchObject({ line: 4, column: 3 });
  });

  test('entries keep the order of the file, numbers included', () => {
    const { entries } = read('{"b":{"command":"x"},"10":{"command":"x"},"a":{"command":"x"},"2":{"command":"x"}}');
    expect(entries.map(({ name }) => name)).toEqual(['b', '10', 'a', '2']);
  });

  test('unknown keys are kept and named, misspelt ones with what was meant', () => {
    const { of, usable } = read(
      '{\n "a": {"command": "x", "autostrat": true, "mine": 1, "health": {"intervall": "1s"}}\n}',
    );
    expect(usable).toEqual(['a']);
    expect(of('a').raw).toMatchObject({ autostrat: true, mine: 1 });
    expect(of('a').warnings).toEqual([
      `a: unknown key "autostrat": ${FILE}:2:24 → did you mean "autostart"?`,
      `a: unknown key "mine": ${FILE}:2:43`,
      `a: unknown key "health.intervall": ${FILE}:2:65 → did you mean "interval"?`,
    ]);
  });

  test('unknown keys inside dependencies and roles are found as well', () => {
    const { of } = read(
      '{"a":{"command":"x","dependencies":{"r":{"type":"docker","image":"i","imagee":1}},"roles":{"memory":{"sav":{}}}}}',
    );
    expect(of('a').warnings.map((text) => /"(.+?)"/.exec(text)?.[1])).toEqual([
      'dependencies.r.imagee',
      'roles.memory.sav',
    ]);
  });
});

describe('a broken file', () => {
  test.each([
    ['', `${FILE} is empty`],
    [' \n', `${FILE} is empty`],
    ['\uFEFF', `${FILE} is empty`],
    ['[]', 'must hold an object: it holds a list'],
    ['"x"', 'must hold an object'],
    ['null', 'must hold an object'],
    ['{"a": {"command": "x"}', ':1:23 is not valid JSON: the file ends too early'],
    ['{\n  "a": {\n    "command" "x"\n  }\n}', ':3:15 is not valid JSON: a colon is expected here'],
    ['{\n  "a": {}\n  "b": {}\n}', ':3:3 is not valid JSON: a comma is missing before this'],
    ['{"a": x}', ':1:7 is not valid JSON: this word'],
    ['{"a": {}} {"b": {}}', ':1:11 is not valid JSON: nothing may follow here'],
    ["{'a': {}}", ':1:2 is not valid JSON'],
    ['{"a": "line\nbreak"}', ':1:7 is not valid JSON'],
    ['{ /* "a": {} }', 'is not valid JSON: this comment is never closed'],
    ['\0\0\0\0', ':1:1 is not valid JSON'],
  ])('%j: %s', (text, sentence) => {
    const { status, entries, problems } = read(text);
    expect({ status, entries }).toEqual({ status: 'broken', entries: [] });
    expect(problems).toHaveLength(1);
    expect(problems.map(problemSentence)[0]).toContain(sentence);
    expect(problems[0]?.next).toBeTruthy();
  });

  test('nesting without end is refused and does not exhaust the stack', () => {
    for (const text of ['['.repeat(500_000), '{"a":'.repeat(200_000), `{"a":${'['.repeat(101)}${']'.repeat(101)}}`]) {
      expect(problemSentence(read(text).problems[0] ?? { what: '' })).toContain('nested more than 100 levels deep');
    }
  });

  test('cut anywhere, a good file gives entries or a problem with its place, and never throws', () => {
    const text = `\uFEFF{ // servers\n${DOCUMENTED.slice(2, -2)},\n  "ünï": {"command": "\\u00e9 \\n 😀"}, "github": {"url": "https://x/y"} /* end */\n}\n`;
    const whole = read(text);
    expect(whole.status).toBe('good');
    for (let length = 0; length < text.length; length++) {
      const state = read(text.slice(0, length));
      if (state.status === 'good') expect(text.slice(length).trim()).toBe('');
      else expect(state.problems).toHaveLength(1);
    }
  });

  test('cut at any byte, whatever the decoder makes of half a character, nothing throws', () => {
    const bytes = Buffer.from('{"a": {"command": "é😀", "env": {"K": "ü"}}}');
    for (let length = 0; length < bytes.length; length++) {
      expect(read(bytes.subarray(0, length).toString('utf8')).status).toBe('broken');
    }
  });

  test('any text at all, and any JSON at all, is answered', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void read(text)));
    fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => void read(text)));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (value) => {
        const { entries } = read(JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? `${item}` : item)));
        for (const { entry, problems } of entries) expect(entry === null).toBe(problems.length > 0);
      }),
    );
  });
});

describe('one bad entry', () => {
  test('never hides the others', () => {
    const { status, usable, of } = read(`{
  "a": { "command": "x", "port": "8060" },
  "b": 5,
  "c": { "command": "x" },
  "d": null,
  "e": { "command": "x", "env": ["A=B"] }
}`);
    expect({ status, usable }).toEqual({ status: 'good', usable: ['c'] });
    expect(of('a').problems).toEqual([
      `a: "port" must be a number, not "8060": ${FILE}:2:34 → write 8060 without quotes`,
    ]);
    expect(of('b').problems).toEqual([`b: the entry must be an object {…}, not 5: ${FILE}:3:3`]);
    expect(of('d').problems).toEqual([`d: the entry must be an object {…}, not null: ${FILE}:5:3`]);
    expect(of('e').problems).toEqual([`e: "env" must be an object {…}, not a list: ${FILE}:6:33`]);
  });

  test.each([
    [
      '{"transport":"htp","command":"x","port":1}',
      '"transport" must be "http", "sse", "stdio" or "remote", not "htp"',
      'did you mean "http"?',
    ],
    ['{"command":"x","port":70000,"transport":"http"}', '"port" must be at most 65535, not 70000'],
    ['{"command":"x","port":80.5}', '"port" must be a whole number, not 80.5'],
    ['{"command":""}', '"command" must be some text, not empty'],
    ['{"command":"   "}', '"command" is empty'],
    ['{}', 'it has no "command"'],
    ['{"comand":"x"}', 'it has no "command"'],
    ['{"command":"x","transport":"http"}', 'a server of transport "http" needs a "port"'],
    ['{"transport":"remote"}', 'a remote server needs a "url"'],
    ['{"url":"https://x","port":8060}', 'it has both a "port" and a "url"', 'say "transport": "remote"'],
    ['{"url":"https://x","command":"y"}', 'it has both a "command" and a "url"'],
    ['{"url":"ftp://x"}', '"url" must begin with http:// or https://, not ftp:'],
    ['{"url":"not a url"}', '"url" is no URL'],
    ['{"command":"x","stop":{"signal":"TERM"}}', '"stop.signal" must be a signal name such as "SIGTERM", not "TERM"'],
    ['{"command":"x","stop":{"signal":"SIGTREM"}}', 'this system knows no signal "SIGTREM"', 'did you mean "SIGTERM"?'],
    [
      '{"command":"x","stop":{"grace":"soon"}}',
      '"stop.grace" must be a duration such as "500ms", "10s", "5m" or "2h", not "soon"',
    ],
    [
      '{"command":"x","restart":{"policy":"allways"}}',
      '"restart.policy" must be "always", "on-failure" or "never"',
      'did you mean "always"?',
    ],
    [
      '{"command":"x","autostart":"true"}',
      '"autostart" must be true or false, not "true"',
      'write true without quotes',
    ],
    ['{"command":"x","args":"--flag"}', '"args" must be a list […], not "--flag"', 'put it in brackets'],
    ['{"command":"x","endpoint":"mcp"}', '"endpoint" must be a path that begins with "/", not "mcp"'],
    [
      '{"command":"x","dependencies":{"r":{"type":"dokcer"}}}',
      '"dependencies.r.type" must be "docker", "service" or "server"',
      'did you mean "docker"?',
    ],
    ['{"command":"x","dependencies":{"r":{"type":"docker"}}}', '"dependencies.r.image" is missing'],
    ['{"command":"x","env":{"A=B":"c"}}', 'a variable cannot be called "A=B"'],
    ['{"command":"x\\u0000y"}', '"command" contains a NUL character'],
    ['{"command":"x","args":["a","b\\u0000"]}', '"args.1" contains a NUL character'],
  ])('%s: %s', (entry, sentence, next = '') => {
    const { of } = read(`{"a": ${entry}}`);
    expect(of('a').entry).toBeNull();
    expect(of('a').problems.join('\n')).toContain(sentence);
    expect(of('a').problems.join('\n')).toContain(next);
    expect(of('a').problems.join('\n')).toContain(`${FILE}:1:`);
  });

  test('a misspelt key stands with the problem that it causes', () => {
    const { of } = read('{"a": {"comand": "x"}}');
    expect(of('a').problems).toContain(`a: unknown key "comand": ${FILE}:1:8 → did you mean "command"?`);
  });

  test('values that may be secret are not repeated', () => {
    const { of } = read(
      '{"a": {"command": "x", "env": {"API_KEY": ["hunter2"]}}, "b": {"url": "https://x", "headers": {"Authorization": 12345678}}}',
    );
    expect([...of('a').problems, ...of('b').problems].join()).not.toMatch(/hunter2|12345678/);
  });

  test('another program’s configuration pasted as it is gets the way out', () => {
    const { of } = read('{"mcpServers": {"github": {"command": "npx"}}}');
    expect(of('mcpServers').problems).toHaveLength(1);
    expect(of('mcpServers').problems[0]).toContain('mcp import');
  });
});

describe('names', () => {
  test('a name that is reserved, dangerous or a path is refused, and objects stay what they are', () => {
    const { usable, of } = read(
      '{"list":{"command":"x"},"__proto__":{"command":"x","polluted":1},"constructor":{"command":"x"},"../x":{"command":"x"},"ok":{"command":"x","env":{"__proto__":"p"}}}',
    );
    expect(usable).toEqual(['ok']);
    for (const name of ['list', '__proto__', 'constructor', '../x']) {
      expect(of(name).problems[0]).toContain('cannot name a server');
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(Object.getPrototypeOf(of('ok').entry?.env ?? null)).toBe(Object.prototype);
  });

  test('a key called __proto__ sets nothing: it is an unknown key like any other', () => {
    const { of } = read('{"a": {"command": "x", "__proto__": {"port": 8060}}}');
    expect(of('a').entry?.port).toBeUndefined();
    expect(Object.keys(Object(of('a').raw))).toEqual(['command', '__proto__']);
    expect(of('a').warnings).toEqual([`a: unknown key "__proto__": ${FILE}:1:24`]);
  });

  test('names that differ in letter case only: the first counts', () => {
    const { usable, of } = read('{\n"Mem":{"command":"x"},\n"mem":{"command":"y"}}');
    expect(usable).toEqual(['Mem']);
    expect(of('mem').problems).toEqual([`mem and Mem differ in letter case only: ${FILE}, lines 2 and 3 → rename mem`]);
  });

  test('a name that stands there twice is refused, with both lines', () => {
    const { usable, of, entries } = read('{\n"a":{"command":"x"},\n"b":{"command":"x"},\n"a":{"command":"y"}}');
    expect(usable).toEqual(['b']);
    expect(entries.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(of('a').problems[0]).toContain(`a is defined twice: ${FILE}, lines 2 and 4`);
  });

  test('a key inside an entry that stands there twice is a warning, and the last one counts', () => {
    const { of } = read('{"a":{"command":"x","env":{"K":"1","K":"2"},"command":"y"}}');
    expect(of('a').entry).toMatchObject({ command: 'y', env: { K: '2' } });
    expect(of('a').warnings).toHaveLength(2);
  });
});

describe('ports', () => {
  test('two servers with one port: the later one gets the problem, which names both (F12)', () => {
    const { usable, of } = read(
      '{\n"a":{"command":"x","port":8060},\n"b":{"command":"x","port":8060},\n"c":{"command":"x","port":8061}}',
    );
    expect(usable).toEqual(['a', 'c']);
    expect(of('b').problems).toEqual([`a and b both want port 8060: ${FILE}, lines 2 and 3 → give b another port`]);
  });

  test('an entry that cannot be used takes no port from another', () => {
    expect(read('{"a":{"command":5,"port":8060},"b":{"command":"x","port":8060}}').usable).toEqual(['b']);
    const namesake = '{"a":{"command":"x"},"A":{"command":"x","port":8060},"b":{"command":"x","port":8060}}';
    expect(read(namesake).usable).toEqual(['a', 'b']);
  });

  test('a port the system may hand out is a warning', () => {
    const { usable, of } = read('{"a":{"command":"x","port":32768},"b":{"command":"x","port":32767}}');
    expect(usable).toEqual(['a', 'b']);
    expect(of('a').warnings[0]).toContain('port 32768 may be taken at any time');
    expect(of('b').warnings).toEqual([]);
  });

  test('an unequal pair of docker ports is a warning that names the order', () => {
    const { of } = read(
      '{"a":{"command":"x","dependencies":{"r":{"type":"docker","image":"i","ports":{"5433":"5432","80":"80/tcp","90":90}}}}}',
    );
    expect(of('a').warnings).toHaveLength(1);
    expect(of('a').warnings[0]).toContain('port 5433 of this machine leads to port 5432 of the container');
  });
});

test('a thousand servers in one file are read in one go', () => {
  const servers = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [`s${index}`, { command: 'x', port: 1024 + index }]),
  );
  const { usable, of } = read(JSON.stringify(servers, null, 2));
  expect(usable).toHaveLength(1_000);
  expect(of('s999')).toMatchObject({ line: 2 + 999 * 4 });
});
