import { join } from 'node:path';
import * as z from 'zod';
import { nodeValue, parseDocument, placeAt } from '../registry/json-document.ts';
import type { Paths } from '../registry/paths.ts';
import type { Problem } from '../registry/problem.ts';
import { readTextFile } from '../registry/read-text-file.ts';

const lists = z.record(z.string(), z.array(z.string()));
const configSchema = z.looseObject({ server_keywords: lists.optional(), task_patterns: lists.optional() });

/** What the user says about servers in `~/.mcp-router-config.json`, by the name of the server. */
export interface RouterConfig {
  readonly keywords: ReadonlyMap<string, readonly string[]>;
  /** Regular expressions over the prompt. */
  readonly patterns: ReadonlyMap<string, readonly string[]>;
}

/** Words for well-known servers that come without any of their own. */
export const WELL_KNOWN: ReadonlyMap<string, readonly string[]> = new Map([
  ['mem0', ['memory', 'remember', 'recall', 'store', 'retrieve']],
  ['filesystem', ['file', 'directory', 'read', 'write', 'create']],
  ['github', ['github', 'repository', 'commit', 'pull request']],
  ['weather', ['weather', 'forecast', 'temperature', 'climate']],
]);

const NOTHING: RouterConfig = { keywords: new Map(), patterns: new Map() };

export function routerConfigFile({ home }: Pick<Paths, 'home'>): string {
  return join(home, '.mcp-router-config.json');
}

/** Never throws: without the file nothing is added, and a bad one is a problem and adds nothing. */
export function readRouterConfig(path: string): { readonly config: RouterConfig; readonly problem: Problem | null } {
  const file = readTextFile(path, 1024 * 1024);
  if (file.kind === 'missing') return { config: NOTHING, problem: null };
  if (file.kind === 'problem') return { config: NOTHING, problem: file.problem };
  const document = parseDocument(file.text);
  const [fault] = document.errors;
  const parsed = configSchema.safeParse(document.root && fault === undefined ? nodeValue(document.root) : undefined);
  if (parsed.success) {
    const { server_keywords = {}, task_patterns = {} } = parsed.data;
    return {
      config: { keywords: new Map(Object.entries(server_keywords)), patterns: new Map(Object.entries(task_patterns)) },
      problem: null,
    };
  }
  const [issue] = parsed.error.issues;
  const where = fault === undefined ? path : placeAt(document, fault.offset, path);
  return {
    config: NOTHING,
    problem: {
      what: `${where} is not valid; the router goes on without it`,
      why: fault?.message ?? `"${issue?.path.join('.')}": a list of words for each server is expected`,
      next: 'mend it',
    },
  };
}
