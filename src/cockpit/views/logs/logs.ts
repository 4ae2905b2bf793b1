import { dateTime } from '../../text/duration.ts';
import { BLANK, span } from '../../text/line.ts';
import type { PageView, View } from '../../view.ts';
import { logsBindings } from './bindings.ts';
import { drawLogs, pageRows } from './draw.ts';
import { moveInLog } from './move.ts';
import { streamState } from './stream.ts';
import { logsTitle } from './title.ts';

const linePage: PageView = {
  title: (topic) => (topic.type === 'log-line' ? `line of ${topic.server}` : ''),
  draw: (topic, _state, _context, width) => {
    if (topic.type !== 'log-line') return [];
    const when = topic.at === null ? 'nobody noted when it was written' : `written ${dateTime(topic.at)}`;
    return [[span(` ${when}`, 'label')], BLANK, ...pageRows(topic.text, width - 2).map((row) => [span(` ${row}`)])];
  },
};

/** View 2: what servers write, one or several interleaved. */
export const logsView: View = {
  id: 'logs',
  key: '2',
  name: 'Logs',
  title: logsTitle,
  draw: drawLogs,
  move: moveInLog,
  bindings: logsBindings,
  prompts: [
    {
      id: 'logs.search',
      label: (state) => (streamState(state).onlyMatches ? 'only' : 'search'),
      hint: 'Tab hides the rest',
      typed: (text) => [{ type: 'logs-stream-changed', change: { search: text } }],
      tab: (state) => [
        {
          type: 'logs-stream-changed',
          change: { onlyMatches: !streamState(state).onlyMatches, cursor: null, top: null },
        },
      ],
    },
  ],
  back: (state) => {
    const { search, level } = streamState(state);
    if (search !== '') return [{ type: 'logs-stream-changed', change: { search: '', onlyMatches: false } }];
    return level === null ? [] : [{ type: 'logs-stream-changed', change: { level: null } }];
  },
  pages: { 'log-line': linePage },
};
