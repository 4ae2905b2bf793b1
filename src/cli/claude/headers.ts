import { setTimeout as sleep } from 'node:timers/promises';
import { readHubToken } from '../../registry/hub-token.ts';
import type { Problem } from '../../registry/problem.ts';
import { readSettings } from '../../registry/settings.ts';
import { lockOwner } from '../../supervisor/lock-owner.ts';
import { ownsPort, portHolder, readListeners } from '../../supervisor/process/ports.ts';
import { CommandError } from '../command-error.ts';
import type { Context } from '../context.ts';
import { steer } from '../engine.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine } from '../safe-text.ts';

/** How long the hub of a supervisor may take to listen (milliseconds). Claude Code waits for us 10 s in all. */
const PATIENCE_MS = 4_000;

/**
 * `claude-mcp headers`: the `headersHelper` of our entries. It prints the token only when the URL it is for is the hub's,
 * and the listener there is the supervisor of this runtime directory and of this user: neither somebody who took the port
 * nor a project file that names another machine is handed it. Starts a missing supervisor first.
 */
export async function headers(context: Context): Promise<ExitCode> {
  const { port: hubPort } = readSettings(context.paths.settingsFile).settings.hub;
  refuse(strangeUrl(context.env.CLAUDE_CODE_MCP_SERVER_URL, hubPort));
  const supervisor = await supervisorPid(context);
  refuse(await whyNotOurs(hubPort, supervisor));
  const token = readHubToken(context.paths.runtimeDir);
  if (token === null) {
    throw new CommandError(EXIT.failed, { what: 'there is no hub token', next: 'mcp supervisor restart' });
  }
  context.print(JSON.stringify({ Authorization: `Bearer ${token}` }));
  return EXIT.done;
}

function refuse(problem: Problem | null): void {
  if (problem !== null) throw new CommandError(EXIT.failed, problem);
}

/** Claude Code says which URL the headers are for. An entry of a project can name any, with our helper beside it. */
function strangeUrl(url: string | undefined, hubPort: number): Problem | null {
  if (url === undefined) return null;
  if (URL.canParse(url)) {
    const { protocol, hostname, port } = new URL(url);
    const here = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
    if (protocol === 'http:' && here && port === String(hubPort)) return null;
  }
  return {
    what: `the token is for http://127.0.0.1:${hubPort} alone, and this entry leads elsewhere`,
    next: 'claude-mcp install writes the right one',
  };
}

/** The supervisor of this runtime directory, started when there is none. */
async function supervisorPid({ paths, ...context }: Context): Promise<number> {
  const present = lockOwner(paths.runtimeDir);
  if (present?.suspended) {
    throw new CommandError(EXIT.failed, {
      what: `the supervisor (pid ${present.pid}) is suspended`,
      next: `kill -CONT ${present.pid}`,
    });
  }
  if (present !== null) return present.pid;
  const api = await steer({ ...context, paths });
  try {
    return (await api.info()).pid;
  } finally {
    await api.close().catch(() => {});
  }
}

/** Null as soon as the listener on the port is that process; else, after some patience, why not. */
async function whyNotOurs(port: number, supervisor: number): Promise<Problem | null> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(50)) {
    const listeners = readListeners();
    const owner = ownsPort(port, [supervisor], listeners);
    const me = process.geteuid?.();
    const ours = (listeners.get(port) ?? []).every(({ uid }) => me === undefined || uid === me);
    if (owner === 'own' && ours) return null;
    // A stranger on the port will not go away; a hub that only just starts will come.
    if (owner === 'other' || performance.now() > deadline) return refusal(port, supervisor, owner);
  }
}

function refusal(port: number, supervisor: number, owner: 'own' | 'other' | 'none'): Problem {
  if (owner === 'none') {
    return {
      what: `the hub is not up: nobody listens on port ${port}`,
      why: `the supervisor is pid ${supervisor}`,
      next: 'mcp supervisor restart',
    };
  }
  const holder = portHolder(port);
  const who = [holder?.pid == null ? null : `pid ${holder.pid}`, holder?.user, holder?.command?.slice(0, 80)];
  return {
    what: `port ${port} is held by somebody who is not our supervisor (pid ${supervisor}), so no token is given out`,
    holder: oneLine(who.filter((part) => part != null).join(', ')) || 'unknown',
    next: 'end it, or set another "hubPort" in ~/.mcp-cockpit.json and run claude-mcp install',
  };
}
