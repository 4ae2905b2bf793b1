import { type StatusJson, statusShape } from '../../src/cli/json-shapes.ts';
import type { Home } from '../helpers/home.ts';

/** What `mcp status --json` says of these servers, or of all. */
export async function statusOf(home: Home, ...names: string[]): Promise<StatusJson> {
  const { stdout } = await home.run('mcp', ['status', ...names, '--json']);
  return statusShape.parse(JSON.parse(stdout));
}

export async function serverOf(home: Home, name: string): Promise<StatusJson['servers'][number]> {
  const [server] = (await statusOf(home, name)).servers;
  if (server === undefined) throw new Error(`no ${name}`);
  return server;
}
