import { setTimeout as sleep } from 'node:timers/promises';
import { HttpChannel } from '../../protocol/http-channel.ts';
import { readHubToken } from '../../registry/hub-token.ts';
import { ProblemError } from '../../registry/problem.ts';
import type { SupervisorApi } from '../../supervisor/api.ts';
import type { Context } from '../context.ts';
import { running, steer } from '../engine.ts';

/** How long the hub of a supervisor that has just started may take to listen. Milliseconds. */
const LISTEN_MS = 5_000;

/** The hub for as long as its supervisor lives. */
export interface HubLife {
  readonly channel: HttpChannel;
  /** Resolves when the supervisor is gone. The port may be anybody's from then on, so the token goes there no more. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/**
 * Finds the hub by the control socket of the supervisor, which only this user's supervisor can answer on: the token is sent
 * to no other listener.
 *
 * @param path of the endpoint: `/mcp`, `/weather/mcp`, `/@work/mcp`
 * @param start whether a supervisor that is not there is started; else null
 * @throws ProblemError when it cannot be started, or its hub does not listen
 */
export async function openHubLife(context: Context, path: string, start: boolean): Promise<HubLife | null> {
  const api = start ? await steer(context) : await running(context);
  if (!api) return null;
  try {
    const ended = Promise.withResolvers<void>();
    await api.subscribe((event) => {
      if (event.type === 'closed') ended.resolve();
    });
    const url = await hubUrl(api);
    const token = readHubToken(context.paths.runtimeDir);
    if (token === null) throw new ProblemError({ what: 'there is no hub token', next: 'mcp supervisor restart' });
    const channel = new HttpChannel(`${url}${path}`, { authorization: `Bearer ${token}` }, { idleTimeoutMs: 0 });
    const close = async (): Promise<void> => {
      await channel.close();
      await api.close().catch(() => undefined);
    };
    return { channel, ended: ended.promise, close };
  } catch (error) {
    await api.close().catch(() => undefined);
    throw error;
  }
}

async function hubUrl(api: SupervisorApi): Promise<string> {
  for (const deadline = performance.now() + LISTEN_MS; ; await sleep(50)) {
    const { hub } = await api.snapshot();
    if (hub?.url) return hub.url;
    const [problem] = hub?.problems ?? [];
    if (performance.now() < deadline && hub && !problem) continue;
    throw new ProblemError(problem ?? { what: 'the hub does not listen', next: 'mcp supervisor restart' });
  }
}
