import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_PORTS, type DefaultServer, defaultRegistry } from './default-registry.ts';
import { ensureDirectory } from './ensure-directory.ts';
import { chosenHubPort, keepHubPort } from './keep-hub-port.ts';
import type { Paths } from './paths.ts';
import type { Problem, Result } from './problem.ts';
import { DEFAULT_HUB_PORT } from './settings.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

export interface Ensured {
  /** Whether this call wrote the file. */
  readonly created: boolean;
  /** What did not work out beside the file itself. */
  readonly warnings: readonly Problem[];
}

/** What {@link ensureRegistry} needs from outside. */
export interface PortProbe {
  /** Whether a server could listen on this port of this machine now. */
  isFree(port: number): Promise<boolean>;
}

/** How far from its usual number a default server's port may move. */
const REACH = 200;

/**
 * Writes the default registry unless there is a file already, whatever it holds. Of several processes that do so at once
 * exactly one writes. A port that is held at this moment is replaced by the next free one, once and for all; that of the hub
 * too, where the settings name none.
 */
export async function ensureRegistry(paths: Paths, { isFree }: PortProbe): Promise<Result<Ensured>> {
  const present = lstatSync(paths.registryFile, { throwIfNoEntry: false });
  if (present !== undefined) return { ok: true, value: { created: false, warnings: [] } };
  const hubPort = chosenHubPort(paths.settingsFile);
  const ports = await choosePorts(isFree, hubPort);
  const registry = defaultRegistry(ports);
  const outcome = writeFileAtomic(paths.registryFile, `${JSON.stringify(registry, null, 2)}\n`, null);
  if (outcome.kind === 'problem') return { ok: false, problem: outcome.problem };
  if (outcome.kind === 'changed') return { ok: true, value: { created: false, warnings: [] } };
  const moved = hubPort === null && ports.hub !== DEFAULT_HUB_PORT;
  const notKept = moved ? keepHubPort(paths.settingsFile, ports.hub) : null;
  return { ok: true, value: { created: true, warnings: [...makeFilesFolder(paths), ...(notKept ? [notKept] : [])] } };
}

/** The folder that the default file server serves; without it that server would not start. */
function makeFilesFolder({ dataDir }: Paths): Problem[] {
  for (const directory of [dataDir, join(dataDir, 'files')]) {
    const made = ensureDirectory(directory);
    if (!made.ok) return [made.problem];
  }
  return [];
}

/** @param hubPort what the settings name; null = to be chosen as well */
async function choosePorts(
  isFree: PortProbe['isFree'],
  hubPort: number | null,
): Promise<Record<DefaultServer | 'hub', number>> {
  // A server that has to move leaves the usual numbers of the others alone.
  const taken = new Set<number>([...Object.values(DEFAULT_PORTS), hubPort ?? DEFAULT_HUB_PORT]);
  const choose = async (usual: number): Promise<number> => {
    if (await isFree(usual)) return usual;
    for (let port = usual + 1; port < usual + REACH; port++) {
      if (taken.has(port) || !(await isFree(port))) continue;
      taken.add(port);
      return port;
    }
    return usual;
  };
  return {
    mem0: await choose(DEFAULT_PORTS.mem0),
    filesystem: await choose(DEFAULT_PORTS.filesystem),
    github: await choose(DEFAULT_PORTS.github),
    hub: hubPort ?? (await choose(DEFAULT_HUB_PORT)),
  };
}
