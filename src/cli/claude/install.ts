import { applyWish, type Hands } from '../../claude/apply.ts';
import type { Place, Scope } from '../../claude/claude-code.ts';
import { type Change, installsFile, readInstalls, writeInstalls } from '../../claude/installs.ts';
import { COCKPIT, claudeNames, hubEntry, isOurs } from '../../claude/our-entry.ts';
import { ownCommand } from '../../claude/own-command.ts';
import type { ClaudeServer } from '../../claude/servers.ts';
import { sameServer } from '../../registry/import/same-server.ts';
import { type RegistryState, readRegistryFile } from '../../registry/read-registry.ts';
import { readSettings } from '../../registry/settings.ts';
import { findInstallation } from '../../supervisor/installation.ts';
import { canAsk, confirm } from '../ask.ts';
import { CommandError, valueOr } from '../command-error.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { writeFirstRegistry } from '../first-registry.ts';
import { entriesHere, ourHands } from './hands.ts';
import type { InstallJson } from './json-shapes.ts';

interface InstallFlags {
  readonly scope: Scope;
  readonly perServer: boolean;
  /** Remove entries of registered servers without asking. */
  readonly replace: boolean;
}

/** `claude-mcp install`: our entry, and out with those that would start copies of the same servers. */
export async function install(context: Context, { scope, perServer, replace }: InstallFlags): Promise<ExitCode> {
  await writeFirstRegistry(context);
  const registry = readRegistryFile(context.paths.registryFile);
  const { places, servers } = entriesHere(context);
  const place = places.write[scope];
  const wanted = wantedEntries(context, registry, perServer);
  const copies = servers.filter((server) => isCopy(server, registry));
  const removed = await chooseCopies(context, copies, replace);
  const inTheWay = (server: ClaudeServer) => isAt(server, place) && wanted.has(server.name);
  refuseForeign(servers.filter((server) => inTheWay(server) && !isOurs(server.raw) && !removed.includes(server)));

  // One entry for all and one each are two ways to the same tools: the other way goes.
  const formerly = servers.filter((server) => isAt(server, place) && isOurs(server.raw) && !wanted.has(server.name));
  const hands = ourHands(context);
  const changes: Change[] = [];
  try {
    for (const [name, entry] of wanted) changes.push(...(await change(hands, place, name, entry)));
    for (const copy of [...formerly, ...removed.filter((each) => !inTheWay(each))]) {
      changes.push(...(await change(hands, copy.place, copy.name, null)));
    }
  } finally {
    // Also what was done before something failed can be taken back.
    if (changes.length > 0) note(context, changes);
  }
  tell(
    context,
    place,
    wanted,
    changes,
    copies.filter((copy) => !removed.includes(copy)),
  );
  return EXIT.done;
}

type Entries = ReadonlyMap<string, ReturnType<typeof hubEntry>>;

function wantedEntries({ paths, env }: Context, { entries }: RegistryState, perServer: boolean): Entries {
  const { port: hubPort } = readSettings(paths.settingsFile).settings.hub;
  const helper = `${ownCommand({ env, home: paths.home, root: findInstallation().root })} headers`;
  if (!perServer) return new Map([[COCKPIT, hubEntry(hubPort, null, helper)]]);
  const names = claudeNames(entries.map(({ name }) => name));
  return new Map([...names].map(([server, name]) => [name, hubEntry(hubPort, server, helper)]));
}

function isAt({ place: { file, scope } }: ClaudeServer, place: Place): boolean {
  return file === place.file && scope === place.scope;
}

/** An entry of ours takes the place of another of ours, or of a copy that may go; never of anything else. */
function refuseForeign([foreign]: readonly ClaudeServer[]): void {
  if (foreign === undefined) return;
  const { name, line, place } = foreign;
  throw new CommandError(EXIT.failed, {
    what: `Claude Code has an entry "${name}" in ${place.scope} scope that is not ours`,
    why: `${place.file}:${line}`,
    next: `--replace if it is a copy of a registered server; mcp import claude-code takes it over; claude mcp remove --scope ${place.scope} ${name} removes it`,
  });
}

/** Whether it starts, or reaches, the same server as an entry of the registry. */
function isCopy({ raw, name }: ClaudeServer, { entries }: RegistryState): boolean {
  return !isOurs(raw) && entries.some((entry) => sameServer({ name, raw }, entry));
}

async function chooseCopies(
  context: Context,
  copies: readonly ClaudeServer[],
  replace: boolean,
): Promise<readonly ClaudeServer[]> {
  if (copies.length === 0 || replace) return copies;
  if (!canAsk(context)) return [];
  const names = copies.map(({ name, place: { scope } }) => `${name} (${scope})`).join(', ');
  const question = `Claude Code also starts copies of its own of ${names}. Remove those entries? --undo puts them back.`;
  return (await confirm(context, question)) ? copies : [];
}

async function change(hands: Hands, place: Place, name: string, entry: unknown): Promise<Change[]> {
  const applied = valueOr(EXIT.failed, await applyWish(hands, { place, name, entry }));
  return applied === null ? [] : [applied];
}

function note({ paths }: Context, changes: readonly Change[]): void {
  const before = valueOr(EXIT.badConfiguration, readInstalls(paths));
  valueOr(EXIT.failed, writeInstalls(paths, [...before, { at: new Date().toISOString(), changes: [...changes] }]));
}

function tell(
  context: Context,
  place: Place,
  wanted: Entries,
  changes: readonly Change[],
  copies: readonly ClaudeServer[],
): void {
  const written = changes.filter(({ after }) => after !== null);
  const removed = changes.filter(({ after }) => after === null);
  if (context.json) {
    const json: InstallJson = {
      scope: place.scope,
      file: place.file,
      entries: [...wanted].map(([name, { url }]) => ({
        name,
        url,
        changed: written.some((each) => each.name === name),
      })),
      removed: removed.map(({ name, scope, file }) => ({ name, scope, file })),
      copies: copies.map(({ name, place: { scope, file } }) => ({ name, scope, file })),
    };
    context.print(JSON.stringify(json, null, 2));
  } else {
    for (const [name, { url }] of wanted) {
      const verb = written.some((each) => each.name === name) ? 'wrote' : 'already there:';
      context.print(`${verb} ${name} → ${url} (${place.scope} scope, ${place.file})`);
    }
    for (const { name, scope, file } of removed) context.print(`removed ${name} (${scope} scope, ${file})`);
    if (changes.length > 0) context.print(`claude-mcp install --undo takes it back (${installsFile(context.paths)})`);
  }
  if (copies.length > 0) {
    const names = copies.map(({ name, place: { scope } }) => `${name} (${scope})`).join(', ');
    context.note(`every session still starts its own copies of ${names} → claude-mcp install --replace`);
  }
  const [entry] = wanted.values();
  if (place.scope === 'project' && entry !== undefined && entry.headersHelper !== 'claude-mcp headers') {
    context.note(
      'the entry names a path of this machine, of no use to others → npm install -g mcp-cockpit, then claude-mcp install --scope project',
    );
  }
  if (place.scope !== 'user') {
    context.note(
      `Claude Code runs the headers helper of a ${place.scope} entry only once you trust the folder: start claude in it and accept`,
    );
  }
}
