import type { TrafficDetail, TrafficEntry } from '../../../supervisor/api.ts';
import { answerLines, jsonLines } from '../../calls/answer-rows.ts';
import { caseOf } from '../../calls/suite.ts';
import { isObject } from '../../form/schema.ts';
import { fieldLines, section } from '../../frame/page-lines.ts';
import { remembered } from '../../remembered.ts';
import type { State } from '../../state.ts';
import { dateTime, latency } from '../../text/duration.ts';
import { BLANK, type Line, span } from '../../text/line.ts';
import { bytes, plural } from '../../text/quantity.ts';
import type { DrawContext, PageView } from '../../view.ts';
import { entryOf, OUTCOME_LOOKS } from './select.ts';

function summary(entry: TrafficEntry, { glyphs }: DrawContext, width: number): readonly Line[] {
  const { client, server, direction, outcome, latencyMs, responseBytes, requestBytes, error } = entry;
  const { word, role } = OUTCOME_LOOKS[outcome];
  const ends = [client.name, server ?? 'the hub'];
  const took = latencyMs === null ? '' : ` after ${latency(latencyMs)}`;
  const answered = responseBytes === null ? '' : `, answer ${bytes(responseBytes)}`;
  const asks = direction === 'to-server' ? `${ends[0]} asks ${ends[1]}` : `${ends[1]} asks ${ends[0]}`;
  return [
    ...fieldLines('outcome', `${glyphs.outcome[outcome]} ${word}${took}`, width, role),
    ...(error === null ? [] : fieldLines('error', error, width, role)),
    ...fieldLines('who', asks, width),
    ...fieldLines('when', dateTime(entry.at), width),
    ...fieldLines('size', `request ${bytes(requestBytes)}${answered}`, width),
  ];
}

interface Drawing {
  readonly detail: TrafficDetail;
  readonly width: number;
}

/** Of a payload of many kilobytes, laid out once and not for each frame. */
const bodyLines = remembered(
  ({ detail, width }: Drawing) => [detail, width],
  ({ detail: { request, response, notes }, width }: Drawing): readonly Line[] => {
    const result = isObject(response) && isObject(response.result) ? response.result : null;
    const isCall = typeof caseOf('any', request, null) !== 'string';
    const answer =
      isCall && result !== null
        ? [...section('Answer'), ...answerLines(result, width), ...section('Response')]
        : section('Response');
    return [
      ...section('Request'),
      ...jsonLines(request, width),
      ...answer,
      ...(response === null ? [[span('  none yet')]] : jsonLines(response, width)),
      ...(notes.length === 0 ? [] : section(`In between (${plural(notes.length, 'message')})`)),
      ...notes.flatMap((note) => jsonLines(note, width)),
    ];
  },
);

function draw(seq: number, state: State, context: DrawContext, width: number): readonly Line[] {
  const { detail, forgotten } = state.traffic;
  const entry = detail?.entry.seq === seq ? null : entryOf(state, seq);
  const known = entry ?? (detail === null ? null : (entryOf(state, seq) ?? detail.entry));
  const head = known === null ? [] : summary(known, context, width);
  if (forgotten === seq)
    return [...head, BLANK, [span(' the supervisor keeps the newest requests only: this one is gone')]];
  return detail === null
    ? [...head, BLANK, [span(' asking the supervisor')]]
    : [...head, ...bodyLines({ detail, width })];
}

export const requestPage: PageView = {
  title: (topic, state) => {
    const entry = topic.type === 'request' ? entryOf(state, topic.seq) : null;
    return entry === null ? 'request' : [entry.method, entry.subject].filter((part) => part !== null).join(' ');
  },
  draw: (topic, state, context, width) => (topic.type === 'request' ? draw(topic.seq, state, context, width) : []),
};
