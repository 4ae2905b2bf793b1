import type { Refused } from '../registry/import/imported.ts';
import { moveSecrets } from '../registry/import/move-secrets.ts';
import type { Planned } from '../registry/import/plan-import.ts';
import { maskEntry, maskInline } from '../registry/mask.ts';
import type { Context } from './context.ts';
import type { Settled } from './import-collisions.ts';
import type { Written } from './import-write.ts';
import type { ImportJson } from './json-shapes.ts';
import { oneLine } from './safe-text.ts';
import { formatTable, type Row } from './table.ts';

type Refusal = Refused & { readonly from: string };

const COLUMNS = ['NAME', 'FROM', 'THEN', 'WHAT'].map((title) => ({ title }));

/** What would be imported, and below each server what is not taken over of it. */
export function previewLines(
  { paint }: Context,
  plan: readonly Planned[],
  refused: readonly Refusal[],
  files: readonly string[],
): string[] {
  if (plan.length === 0 && refused.length === 0) return [`no servers in ${files.join(', ')}`];
  const rows = plan.map((planned): Row => {
    const { server, variables } = moveSecrets(planned.server);
    const names = Object.keys(variables);
    const below = [
      ...(planned.name === server.name ? [] : [`"${oneLine(server.name)}" cannot name a server here`]),
      ...(names.length === 0 ? [] : [`into an env file: ${names.join(', ')}`]),
      ...server.notes,
    ];
    return {
      cells: [
        { text: planned.name, role: 'strong' },
        { text: planned.from },
        THEN[planned.action],
        { text: summary(server.entry) },
      ],
      below: below.map((text) => ({ text: oneLine(text), role: 'muted' })),
    };
  });
  const refusals = refused.map(
    ({ name, from, why }): Row => ({
      cells: [{ text: oneLine(name), role: 'strong' }, { text: from }, { text: 'skip', role: 'warn' }, { text: why }],
    }),
  );
  return formatTable(COLUMNS, [...rows, ...refusals], paint);
}

const THEN = {
  add: { text: 'import', role: 'ok' },
  present: { text: 'is there', role: 'muted' },
  taken: { text: 'name taken', role: 'warn' },
} as const;

function summary({ url, command, args }: Readonly<Record<string, unknown>>): string {
  const words = [url, command, ...(Array.isArray(args) ? args : [])].filter((word) => typeof word === 'string');
  return oneLine(maskInline(words.join(' ')));
}

/** @param written null when nothing was to be written */
export function importJson(
  settled: readonly Settled[],
  refused: readonly Refusal[],
  files: readonly string[],
  written: Written | null,
): string {
  const json: ImportJson = {
    files: [...files],
    servers: settled.map(({ name, from, action, choice, holder, server: given }) => {
      const { server, variables } = moveSecrets(given);
      const failure = written?.failed.find((each) => each.name === name);
      const done = written !== null && choice !== 'skip' && failure === undefined;
      return {
        name,
        originalName: server.name,
        from,
        action: choice === 'replace' ? 'replace' : action,
        holder,
        imported: done,
        entry: maskEntry(server.entry) as Record<string, unknown>,
        secrets: Object.keys(variables),
        notes: [...server.notes, ...(failure === undefined ? [] : [failure.problem])],
      };
    }),
    refused: refused.map(({ name, from, why }) => ({ name, from, why })),
  };
  return JSON.stringify(json, null, 2);
}
