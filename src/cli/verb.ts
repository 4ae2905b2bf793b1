import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../registry/duration.ts';
import { wrongUse } from './command-error.ts';

/** The argument that takes servers; completion knows it by this name. */
export const SERVERS = 'servers';
/** The argument that takes a tool of the server before it. */
export const TOOL = 'tool';
const WHICH = 'names, "all", or "@profile"';

/** Makes a verb with the options that every verb takes. */
export type NewVerb = (name: string, description: string) => Command;

export function newVerb(program: Command): NewVerb {
  return (name, description) => program.command(name).description(description).option('--no-color', 'no colours');
}

export function withServers(verb: Command): Command {
  return verb.argument(`[${SERVERS}...]`, WHICH);
}

export function withJson(verb: Command): Command {
  return verb.option('--json', 'print JSON');
}

export type Example = readonly [commandLine: string, what: string];

export function withExamples(verb: Command, examples: readonly Example[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const text = examples.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`).join('\n');
  return verb.addHelpText('after', `\nExamples:\n${text}`);
}

/** For verbs that do nothing to all servers unless that is said. */
export function needNames(words: readonly string[], verb: string): void {
  if (words.length === 0) throw wrongUse(`mcp ${verb}: which servers?`, `mcp NAME ${verb}, or mcp all ${verb}`);
}

/** Milliseconds. */
export function durationFlag(text: string): number {
  const duration = parseDuration(text);
  if (duration === null) throw new InvalidArgumentError('expected a duration such as 500ms, 30s or 5m');
  return duration;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

/** `K=V`, once more for each variable. */
export function variable(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('expected NAME=value');
  return { ...before, [name]: value };
}
