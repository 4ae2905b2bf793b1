import { problemSentence } from '../../registry/problem.ts';
import type { Outcome } from '../../supervisor/api.ts';
import type { ServerVerb } from '../action.ts';
import type { State } from '../state.ts';
import { plural } from '../text/quantity.ts';
import { tell } from './message.ts';

/** What takes the command back. */
const REVERSE: Readonly<Record<ServerVerb, string>> = { start: '; S stops it', stop: '; s starts it', restart: '' };
const DONE: Readonly<Record<ServerVerb, string>> = { start: 'started', stop: 'stopped', restart: 'restarted' };

/** Tells the result of a command: one sentence for all that went well, one for each that did not. */
export function tellOutcomes(state: State, verb: ServerVerb, outcomes: readonly Outcome[], at: number): State {
  const good = outcomes.filter(({ ok }) => ok);
  const [first] = good;
  let next = state;
  if (good.length === 1 && first !== undefined) {
    const pid = first.pid === null ? '' : `, pid ${first.pid}`;
    const now = first.state === 'ready' && verb !== 'stop' ? ', ready' : '';
    next = tell(next, 'info', `${first.name} ${first.verb}${now}${pid}${REVERSE[verb]}`, at);
  } else if (good.length > 1) {
    next = tell(next, 'info', `${plural(good.length, 'server')} ${DONE[verb]}`, at);
  }
  for (const { name, problem, verb: what } of outcomes.filter(({ ok }) => !ok)) {
    const text = problem === null ? `${name} ${what}` : `${name}: ${problemSentence(problem)}`;
    next = tell(next, 'error', text, at);
  }
  return next;
}
