import { freeName, type Planned } from '../registry/import/plan-import.ts';
import { ask } from './ask.ts';
import type { Context } from './context.ts';

/** What becomes of one server, with the name it gets. */
export interface Settled extends Planned {
  readonly choice: 'skip' | 'add' | 'replace';
}

/**
 * Decides about names that are taken: on a terminal the person does, elsewhere such servers are skipped, which is told.
 *
 * @param taken the names of the registry
 */
export async function settle(
  context: Context,
  plan: readonly Planned[],
  taken: readonly string[],
  asking: boolean,
): Promise<Settled[]> {
  const used = [...taken, ...plan.filter(({ action }) => action === 'add').map(({ name }) => name)];
  const settled: Settled[] = [];
  for (const planned of plan) {
    const one = asking && planned.action === 'taken' ? await choose(context, planned, used) : unasked(planned);
    if (one.choice === 'add') used.push(one.name);
    settled.push(one);
  }
  return settled;
}

function unasked(planned: Planned): Settled {
  return { ...planned, choice: planned.action === 'add' ? 'add' : 'skip' };
}

async function choose(context: Context, planned: Planned, used: readonly string[]): Promise<Settled> {
  const { name, from, holder } = planned;
  const other = freeName(name, from.replace(/^.*\//, ''), used);
  const question = `${name} from ${from}: the registry has another ${holder}. [s]kip, [r]ename to ${other}, re[p]lace? `;
  for (;;) {
    const answer = (await ask(context, question)).toLowerCase();
    if (answer === '' || answer === 's' || answer === 'skip') return { ...planned, choice: 'skip' };
    if (answer === 'r' || answer === 'rename') return { ...planned, name: other, choice: 'add' };
    if (answer === 'p' || answer === 'replace') return { ...planned, name: holder ?? name, choice: 'replace' };
  }
}
