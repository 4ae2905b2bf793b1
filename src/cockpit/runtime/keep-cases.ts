import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../registry/problem.ts';
import type { SupervisorApi } from '../../supervisor/api.ts';
import { type CallCase, caseOf, suiteFiles } from '../calls/suite.ts';
import { jsonText } from '../text/json-rows.ts';
import { plural } from '../text/quantity.ts';
import type { Outside } from './outside.ts';

/** What stands in the record of requests, and elsewhere, for a secret. */
const MASKS = ['********', '••••••'];

export const hasMask = (args: CallCase['args']): boolean => MASKS.some((mask) => jsonText(args).includes(mask));

/**
 * The call that a recorded request was.
 * @throws ProblemError when the record has it no more, or it was no call of a tool.
 */
export async function recordedCall(api: SupervisorApi, seq: number): Promise<CallCase> {
  const detail = await api.message(seq);
  if (detail === null)
    throw new ProblemError({ what: 'the supervisor keeps the newest requests only: this one is gone' });
  const made = caseOf(detail.entry.server, detail.request, detail.response);
  if (typeof made === 'string') throw new ProblemError({ what: made });
  return made;
}

/** Writes cases as suites into the working directory, one file per server, and tells where they are. Never over a file. */
export async function keepCases({ port, dispatch }: Outside, cases: readonly CallCase[]): Promise<void> {
  const folder = port.saveFolder ?? process.cwd();
  for (const { name, text, cases: count } of suiteFiles(cases, Date.now())) {
    const file = await writeNew(folder, name, text);
    const masked = MASKS.some((mask) => text.includes(mask)) ? '; secrets in it are masked: fill them in' : '';
    const told = `wrote ${plural(count, 'case')} to ${file}${masked}`;
    dispatch({ type: 'told', level: masked === '' ? 'info' : 'warn', text: told, server: null, at: Date.now() });
  }
}

/** Files of one second are told apart by a number. */
async function writeNew(folder: string, name: string, text: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const file = join(folder, count === 1 ? name : name.replace(/\.json$/, `-${count}.json`));
    try {
      await writeFile(file, text, { flag: 'wx', mode: 0o600 });
      return file;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}
