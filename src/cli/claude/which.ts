import { isOurs } from '../../claude/our-entry.ts';
import { type Ranked, rankByScope } from '../../claude/precedence.ts';
import { sameServer } from '../../registry/import/same-server.ts';
import { maskInline } from '../../registry/mask.ts';
import { readRegistryFile } from '../../registry/read-registry.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { oneLine } from '../safe-text.ts';
import { formatTable, type Row } from '../table.ts';
import { entriesHere } from './hands.ts';
import type { WhichJson } from './json-shapes.ts';

type Entry = WhichJson['entries'][number];

/** `claude-mcp which`: what Claude Code makes of its scopes in this folder. */
export async function which(context: Context): Promise<ExitCode> {
  const registry = readRegistryFile(context.paths.registryFile);
  const entries = rankByScope(entriesHere(context).servers).map((ranked): Entry => {
    const { name, raw, place, line } = ranked.server;
    const copy = registry.entries.find((entry) => !isOurs(raw) && sameServer({ name, raw }, entry));
    return {
      name,
      scope: place.scope,
      file: place.file,
      line,
      what: summary(raw),
      counts: ranked.shadowedBy === null,
      shadowedBy: shadow(ranked),
      ours: isOurs(raw),
      copyOf: copy?.name ?? null,
    };
  });
  if (context.json) {
    const json: WhichJson = { folder: context.io.cwd(), entries };
    context.print(JSON.stringify(json, null, 2));
    return EXIT.done;
  }
  if (entries.length === 0) {
    context.print(`Claude Code has no MCP servers in ${context.io.cwd()} → claude-mcp install`);
    return EXIT.done;
  }
  const columns = ['NAME', 'SCOPE', 'COUNTS', 'WHAT'].map((title) => ({ title }));
  for (const line of formatTable(columns, entries.map(row), context.paint)) context.print(line);
  return EXIT.done;
}

function shadow({ shadowedBy }: Ranked): Entry['shadowedBy'] {
  if (shadowedBy === null) return null;
  const { place, line } = shadowedBy;
  return { scope: place.scope, file: place.file, line };
}

function row({ name, scope, file, line, what, counts, shadowedBy, ours, copyOf }: Entry): Row {
  const below = [
    `${file}:${line}`,
    ...(shadowedBy === null
      ? []
      : [`the ${shadowedBy.scope} entry counts instead: ${shadowedBy.file}:${shadowedBy.line}`]),
    ...(counts && copyOf !== null
      ? [`every session starts its own copy of ${copyOf} → claude-mcp install --replace`]
      : []),
  ];
  return {
    cells: [
      { text: oneLine(name), role: 'strong' },
      { text: scope },
      counts ? { text: 'yes', role: 'ok' } : { text: 'no', role: 'muted' },
      { text: ours ? `the cockpit, ${what}` : what },
    ],
    below: below.map((text) => ({ text, role: 'muted' })),
  };
}

/** The command or URL, secrets masked. */
function summary(raw: unknown): string {
  const { url, command, args } = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};
  const words = [url, command, ...(Array.isArray(args) ? args : [])].filter((word) => typeof word === 'string');
  return oneLine(maskInline(words.join(' '))) || 'neither command nor url';
}
