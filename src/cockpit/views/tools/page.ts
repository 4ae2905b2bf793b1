import { problemSentence } from '../../../registry/problem.ts';
import type { CallOutcome } from '../../../supervisor/api.ts';
import { answerLines, jsonLines } from '../../calls/answer-rows.ts';
import { fieldLines, section } from '../../frame/page-lines.ts';
import { remembered } from '../../remembered.ts';
import { dateTime, latency } from '../../text/duration.ts';
import { BLANK, type Line, span } from '../../text/line.ts';
import { tame } from '../../text/tame.ts';
import type { Role } from '../../theme/role.ts';
import type { DrawContext, PageView } from '../../view.ts';
import type { MadeCall } from './state.ts';

interface Drawing {
  readonly call: MadeCall;
  readonly width: number;
  readonly glyphs: DrawContext['glyphs'];
}

function outcomeWords(outcome: CallOutcome, glyphs: DrawContext['glyphs']): readonly [string, Role] {
  if (!outcome.ok) return [`${glyphs.cross} no answer`, 'error'];
  const took = latency(outcome.latencyMs);
  return outcome.isError
    ? [`${glyphs.outcome['tool-error']} the tool reports an error after ${took}`, 'error']
    : [`${glyphs.tick} answered after ${took}`, 'ok'];
}

function body(outcome: CallOutcome, width: number): readonly Line[] {
  if (outcome.ok) return answerLines(outcome.result, width);
  const { what, why, next } = outcome.problem;
  return [
    ...fieldLines('what', tame(what), width, 'error'),
    ...(why === undefined ? [] : fieldLines('why', tame(why), width)),
    ...(next === undefined ? [] : fieldLines('next', tame(next), width, 'accent')),
  ];
}

/** Laid out once per answer, not for each frame. */
const callLines = remembered(
  ({ call, width, glyphs }: Drawing) => [call, width, glyphs],
  ({ call, width, glyphs }: Drawing): readonly Line[] => {
    const { server, tool, args, startedAt, outcome } = call;
    const words: readonly [string, Role] =
      outcome === null ? [`${glyphs.outcome.pending} calling`, 'busy'] : outcomeWords(outcome, glyphs);
    return [
      ...fieldLines('outcome', words[0], width, words[1]),
      ...fieldLines('tool', `${tame(tool.name, 128)} of ${server}`, width),
      ...fieldLines('when', dateTime(startedAt), width),
      ...(Object.keys(args).length === 0 ? fieldLines('arguments', 'none', width) : []),
      ...(Object.keys(args).length === 0 ? [] : [...section('Arguments'), ...jsonLines(args, width)]),
      ...section(outcome === null ? 'No answer yet' : 'Answer'),
      ...(outcome === null ? [] : body(outcome, width)),
    ];
  },
);

export const callPage: PageView = {
  title: (_topic, { tools: { call } }) => (call === null ? 'call' : `${tame(call.tool.name, 60)} of ${call.server}`),
  draw: (_topic, { tools: { call } }, { glyphs }, width) =>
    call === null ? [BLANK, [span(' nothing was called yet')]] : callLines({ call, width, glyphs }),
};

/** For a screen reader. */
export const callWords = ({ tool, outcome }: MadeCall): string => {
  const name = tame(tool.name, 60);
  if (outcome === null) return `calling ${name}`;
  if (!outcome.ok) return `${name}: ${problemSentence(outcome.problem)}`;
  return `${name} ${outcome.isError ? 'reports an error' : 'answered'} after ${latency(outcome.latencyMs)}`;
};
