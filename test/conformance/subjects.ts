import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryHome } from '../helpers/home.ts';
import { root } from '../helpers/root.ts';
import { startProgram } from '../helpers/running.ts';
import { forwarder } from './forwarder.ts';

/** The fixture servers, `test/fixtures/conformance/<name>.ts`. */
export type FixtureName = 'legacy' | 'dual';

const program = (name: FixtureName) => path.join(root, `test/fixtures/conformance/${name}.ts`);

/** Something that speaks MCP over HTTP, and its end. */
interface Direct extends AsyncDisposable {
  readonly url: string;
}

/** A fixture as an HTTP server of its own: the measure for what stands between. */
export async function direct(name: FixtureName): Promise<Direct> {
  const server = startProgram(process.execPath, [program(name), 'http', '0'], { guardMs: 180_000 });
  await server.printed(/listening on \S+\n/);
  return {
    url: /listening on (\S+)/.exec(server.stdout())?.[1] ?? '',
    [Symbol.asyncDispose]: async () => {
      server.child.kill();
      await server.ended;
    },
  };
}

/** A supervisor with both fixtures over stdio behind its hub. */
export interface ThroughHub extends AsyncDisposable {
  /** Where a path of the hub is reached without its token. */
  url(path: string): string;
}

export async function throughHub(): Promise<ThroughHub> {
  const home = await temporaryHome();
  const entry = (name: FixtureName) => ({
    transport: 'stdio',
    command: process.execPath,
    args: [program(name), 'stdio'],
    profile: name,
  });
  // The gateway with one server behind it and names left alone, for the suite calls tools by names of its own.
  await home.writeSettings({ profiles: { legacy: { names: 'plain' }, dual: { names: 'plain' } } });
  await home.writeRegistry({ legacy: entry('legacy'), dual: entry('dual') });
  const started = await home.run('mcp', ['start', 'all']);
  if (started.code !== 0) throw new Error(`the fixtures did not start: ${started.stdout}${started.stderr}`);
  const token = (await readFile(path.join(home.runtimeDir, 'hub-token'), 'utf8')).trim();
  const proxy = await forwarder(`http://127.0.0.1:${home.hubPort}`, token);
  return {
    url: (path) => proxy.origin + path,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await home.close();
    },
  };
}
