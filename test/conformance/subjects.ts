import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { temporaryHome } from '../helpers/home.ts';
import { root } from '../helpers/root.ts';
import { startProgram } from '../helpers/running.ts';
import { forwarder } from './forwarder.ts';

/** The fixture servers, `test/fixtures/conformance/<name>.ts`. */
export type FixtureName = 'legacy' | 'dual';

const source = (name: FixtureName) => path.join(root, `test/fixtures/conformance/${name}.ts`);

/** Something that speaks MCP over HTTP, and its end. */
interface Direct extends AsyncDisposable {
  readonly url: string;
}

/** A fixture as an HTTP server of its own: the measure for what stands between. */
export async function direct(name: FixtureName): Promise<Direct> {
  const server = startProgram(process.execPath, [source(name), 'http', '0'], { guardMs: 180_000 });
  await server.printed(/listening on \S+\n/);
  return {
    url: /listening on (\S+)/.exec(server.stdout())?.[1] ?? '',
    [Symbol.asyncDispose]: async () => {
      server.child.kill();
      await server.ended;
    },
  };
}

/** A supervisor with both fixtures over stdio behind its hub; each is also alone in a profile of its own, `plain-<name>`. */
export interface ThroughHub extends AsyncDisposable {
  /** Where a path of the hub is reached without its token. */
  url(path: string): string;
}

export async function throughHub(): Promise<ThroughHub> {
  const home = await temporaryHome();
  await bundleInto(home.dir);
  const entry = (name: FixtureName) => ({
    transport: 'stdio',
    command: process.execPath,
    args: [path.join(home.dir, `${name}.mjs`), 'stdio'],
    profile: `plain-${name}`,
  });
  await home.writeSettings({ profiles: { 'plain-legacy': { names: 'plain' }, 'plain-dual': { names: 'plain' } } });
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

/** One file each: the hub starts one for every client that may be asked, and this starts three times as fast as the sources. */
async function bundleInto(dir: string): Promise<void> {
  await build({
    entryPoints: [source('legacy'), source('dual')],
    outdir: dir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}
