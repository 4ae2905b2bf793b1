import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callShape, toolsShape } from '../../src/cli/json-shapes.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { everything, offering } from '../hub/gateway/stage.ts';

const forecast = {
  name: 'get_forecast',
  description: 'The weather of the next days. In all its detail.',
  inputSchema: {
    type: 'object',
    properties: {
      days: { type: 'integer' },
      city: { type: 'string' },
      metric: { type: 'boolean' },
      near: { type: 'object' },
      tags: { type: 'array' },
      limit: { anyOf: [{ type: 'number' }, { type: 'null' }] },
    },
    required: ['city'],
    additionalProperties: false,
  },
};

let home: Home;
beforeAll(async () => {
  home = await temporaryHome();
  await home.writeRegistry({
    weather: offering({ tools: [forecast, 'free'] }, { tools: { disabled: ['free'] } }),
    everything: everything(),
    lazy: offering({ tools: ['nap'] }, { lazy: true }),
    off: offering({ tools: ['never'] }),
  });
  const started = await home.run('mcp', ['start', 'weather', 'everything', 'lazy']);
  expect(started).toMatchObject({ code: 0 });
});
afterAll(() => home.close());

const mcp = (...args: string[]) => home.run('mcp', args);

/** The arguments that came to the server. */
async function came(...words: string[]): Promise<unknown> {
  const { stdout, stderr, code } = await mcp('weather', 'call', 'get_forecast', ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout).arguments;
}

describe('call', () => {
  test('reads values as the input schema of the tool wants them', async () => {
    const near = '{"lat": 1.5}';
    const words = ['days=3', 'city=42', 'metric=true', `near=${near}`, 'tags=["a", "b=c"]', 'limit=null'];
    const expected = { days: 3, city: '42', metric: true, near: { lat: 1.5 }, tags: ['a', 'b=c'], limit: null };
    expect(await came(...words)).toEqual(expected);
    expect(await came(JSON.stringify(expected))).toEqual(expected);
    expect(await came('city=a=b\nc', 'limit=-0.5')).toEqual({ city: 'a=b\nc', limit: -0.5 });
  });

  test.each([
    [['days=3'], 2, 'get_forecast needs city → mcp weather call get_forecast city=…'],
    [['city=x', 'days=three'], 2, 'days: "three" is not an integer'],
    [['city=x', 'metric=maybe'], 2, 'metric: "maybe" is not a boolean → write true or false'],
    [['city=x', 'near=here'], 2, 'near: "here" is not an object'],
    [['city=x', 'limit=much'], 2, 'limit: "much" is not a number or null'],
    [['citty=x'], 2, 'get_forecast has no argument citty → did you mean city?'],
    [['city=x', 'city=y'], 2, '"city" was given twice'],
    [['city'], 2, '"city" is no argument'],
    [['{"city": }'], 2, 'the arguments are not valid JSON'],
  ])('says what is wrong with %j before anything is called', async (words, code, sentence) => {
    const ended = await mcp('weather', 'call', 'get_forecast', ...words);
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(sentence) });
  });

  test.each([
    [['weather', 'get_forcast'], 3, 'weather has no tool get_forcast → did you mean get_forecast?'],
    [['wether', 'x'], 3, 'there is no server wether → did you mean weather?'],
    [['all', 'get_forecast'], 2, 'mcp all tools shows whose it is'],
    [['weather', 'free'], 1, 'switched off'],
    [['off', 'never'], 1, 'mcp off start'],
  ])('%j', async ([server = '', tool = ''], code, sentence) => {
    const ended = await mcp(server, 'call', tool);
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(sentence) });
  });

  test('wakes a server that sleeps', async () => {
    expect((await mcp('lazy', 'status')).stdout).toContain('asleep');
    expect(await mcp('call', 'lazy', 'nap', 'deep=true')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"deep":true'),
    });
  });

  test('prints text as text, and saves what is none beside, over nothing', async () => {
    const folder = home.dir;
    await writeFile(path.join(folder, 'get-tiny-image.png'), 'mine');
    const call = (...args: string[]) => home.run('mcp', ['everything', 'call', ...args], { cwd: folder });
    expect((await call('echo', 'message=hello\tyou')).stdout).toBe('Echo: hello\tyou\n');
    const { stdout } = await call('get-tiny-image');
    expect(stdout).toMatch(/^get-tiny-image-2\.png \(image\/png, [\d.]+K\)$/m);
    expect(await readFile(path.join(folder, 'get-tiny-image.png'), 'utf8')).toBe('mine');
    const image = await readFile(path.join(folder, 'get-tiny-image-2.png'));
    expect(image.subarray(1, 4).toString()).toBe('PNG');
    const before = await readdir(folder);
    const json = await call('get-tiny-image', '--json');
    const { result } = callShape.parse(JSON.parse(json.stdout));
    expect(JSON.stringify(result)).toContain(image.toString('base64'));
    expect(await readdir(folder)).toEqual(before);
  });

  test('has structured content with --json', async () => {
    const words = ['everything', 'call', 'get-structured-content', 'location=Chicago', '--json'];
    const { result, isError } = callShape.parse(JSON.parse((await mcp(...words)).stdout));
    expect({ isError, result }).toMatchObject({ isError: false, result: { structuredContent: { temperature: 36 } } });
  });

  test("tells the tool's own error on stderr, with exit 1", async () => {
    const wrong = ['everything', 'call', 'get-resource-reference', 'resourceType=Text', 'resourceId=-1'];
    const ended = await mcp(...wrong);
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^everything .*resourceId/) });
    const json = await mcp(...wrong, '--json');
    expect({ code: json.code, ...JSON.parse(json.stdout) }).toMatchObject({ code: 1, isError: true });
  });

  test('gives up after --timeout', async () => {
    const words = ['trigger-long-running-operation', 'duration=60', 'steps=1', '--timeout', '300ms'];
    expect(await mcp('everything', 'call', ...words)).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('tools', () => {
  test('shows what each server offers, and starts none', async () => {
    const { stdout, code } = await mcp('tools');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^weather \(ready\)\n {2}get_forecast {2}\(city, \[days\], .*\) {2}The weather of the next days\.\n/m,
    );
    expect(stdout).toMatch(/^ {2}free +\[switched off\]/m);
    expect(stdout).toContain('off (stopped): not known yet → mcp off start');
    expect((await mcp('off', 'status')).stdout).toContain('stopped');
    expect((await mcp('weather', 'tools')).stdout).not.toContain('everything');
    expect((await mcp('nobody', 'tools')).code).toBe(3);
  });

  test('are completed, by name', async () => {
    const words = async (...typed: string[]) => (await mcp('__complete', ...typed)).stdout.split('\n').slice(0, -1);
    expect(await words('weather', 'call', 'g')).toEqual([
      'get_forecast\tThe weather of the next days. In all its detail.',
    ]);
    expect(await words('call', 'weather', 'get_forecast', '')).toEqual([]);
    expect(await words('call', 'wea')).toEqual(['weather']);
  });

  test('are remembered when nobody supervises', async () => {
    const before = toolsShape.parse(JSON.parse((await mcp('weather', 'tools', '--json')).stdout));
    expect((await mcp('supervisor', 'stop', '--all')).code).toBe(0);
    const after = toolsShape.parse(JSON.parse((await mcp('weather', 'tools', '--json')).stdout));
    expect(after.servers).toMatchObject([{ server: 'weather', state: 'stopped', tools: before.servers[0]?.tools }]);
    expect(await home.processes()).toEqual([]);
  });
});
