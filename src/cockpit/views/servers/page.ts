import type { UnitDetail, UnitView } from '../../../supervisor/api.ts';
import { fieldLines, section } from '../../frame/page-lines.ts';
import type { State, Topic } from '../../state.ts';
import { dateTime, duration, moment } from '../../text/duration.ts';
import { BLANK, type Line, span } from '../../text/line.ts';
import { bytes, percent } from '../../text/quantity.ts';
import { wrapColumns } from '../../text/sgr.ts';
import { truncateEnd } from '../../text/truncate.ts';
import { textWidth } from '../../text/width.ts';
import type { DrawContext, PageView } from '../../view.ts';
import { unitOf } from './select.ts';
import { STATE_LOOKS, stateWords } from './unit-state.ts';

function figures(unit: UnitView, now: number): string {
  return [
    unit.pid === null ? null : `pid ${unit.pid}`,
    unit.startedAt === null ? null : `up ${duration(now - unit.startedAt)} since ${dateTime(unit.startedAt)}`,
    unit.cpuPercent === null ? null : `${percent(unit.cpuPercent)} CPU`,
    unit.memoryBytes === null ? null : bytes(unit.memoryBytes),
  ]
    .filter((part) => part !== null)
    .join(', ');
}

function summary(unit: UnitView, state: State, { glyphs }: DrawContext, width: number): Line[] {
  const role = STATE_LOOKS[unit.state].role;
  const since = ` since ${moment(unit.stateSince, state.now)}`;
  const speaks = [unit.transport, unit.port === null ? null : `port ${unit.port}`, unit.era, unit.revision];
  const { cause, lastExit } = unit;
  return [
    ...(unit.title === unit.name ? [] : fieldLines('title', unit.title, width)),
    ...fieldLines(
      'state',
      `${glyphs.state[unit.state]} ${stateWords(unit, state.now)}${since}, wanted: ${unit.desired}`,
      width,
      role,
    ),
    ...(cause === null ? [] : fieldLines('cause', cause.what, width, role)),
    ...(cause?.why === undefined ? [] : fieldLines('why', cause.why, width)),
    ...(cause?.holder === undefined ? [] : fieldLines('in the way', cause.holder, width)),
    ...(cause?.next === undefined ? [] : fieldLines('next', cause.next, width, 'accent')),
    ...fieldLines('via', speaks.filter((part) => part !== null).join(', '), width),
    ...(figures(unit, state.now) === '' ? [] : fieldLines('process', figures(unit, state.now), width)),
    ...(unit.restarts === 0 ? [] : fieldLines('restarts', `${unit.restarts} since a person started it`, width)),
    ...(lastExit === null ? [] : fieldLines('last exit', `${lastExit.text}, ${moment(lastExit.at, state.now)}`, width)),
    ...fieldLines('log file', unit.logPath, width),
  ];
}

function entryLines({ entry }: UnitDetail, width: number): Line[] {
  if (entry === null) return [[span('  not in the registry any more')]];
  return JSON.stringify(entry, null, 2)
    .split('\n')
    .slice(1, -1)
    .flatMap((row) => wrapColumns(row, width - 2).map((part) => [span(part)]));
}

function catalogLines({ catalog }: UnitDetail, { glyphs }: DrawContext, width: number): Line[] {
  if (catalog === null) return [[span('  not asked yet')]];
  const widest = Math.min(32, Math.max(4, ...catalog.tools.map(({ name }) => textWidth(name))));
  const server = [catalog.serverName, catalog.serverVersion].filter((part) => part !== null).join(' ');
  return [
    ...(server === '' ? [] : fieldLines('server', server, width)),
    ...catalog.tools.map(({ name, description }): Line => {
      const room = Math.max(0, width - widest - 5);
      const about = truncateEnd((description ?? '').replace(/\s+/g, ' ').trim(), room, glyphs.cut);
      return [span(`  ${truncateEnd(name, widest, glyphs.cut).padEnd(widest)}  `, 'accent'), span(about)];
    }),
    ...(catalog.prompts.length === 0 ? [] : fieldLines('prompts', catalog.prompts.join(', '), width)),
    ...(catalog.resources.length === 0 ? [] : fieldLines('resources', catalog.resources.join(', '), width)),
  ];
}

function processLines({ processes }: UnitDetail, { glyphs }: DrawContext, width: number): Line[] {
  if (processes.length === 0) return [[span('  none')]];
  return processes.map(({ pid, ppid, command, memoryBytes }) => [
    span(`  ${String(pid).padStart(7)} ${String(ppid).padStart(7)} `, 'label'),
    span(`${(memoryBytes === null ? glyphs.none : bytes(memoryBytes)).padStart(5)}  `),
    span(truncateEnd(command, Math.max(0, width - 26), glyphs.cut)),
  ]);
}

function historyLines({ history }: UnitDetail, { glyphs }: DrawContext, now: number, width: number): Line[] {
  if (history.length === 0) return [[span('  nothing yet')]];
  return history.map(({ at, kind, text }) => {
    const when = moment(at, now);
    return [
      span(`  ${when} `, 'label'),
      span(`${kind.padEnd(10)} `, 'accent'),
      span(truncateEnd(text, Math.max(0, width - textWidth(when) - 15), glyphs.cut)),
    ];
  });
}

function draw(topic: Topic, state: State, context: DrawContext, width: number): readonly Line[] {
  if (topic.type !== 'server') return [];
  const unit = unitOf(state, topic.name);
  if (unit === undefined) return [[span(` ${topic.name} is gone from the registry, and nothing of it runs`)]];
  const { detail, detailProblem } = state.servers;
  const head = summary(unit, state, context, width);
  if (detail === null) return [...head, BLANK, [span(` ${detailProblem?.what ?? 'asking the supervisor'}`)]];
  const tools = detail.catalog === null ? '' : ` (${detail.catalog.tools.length} tools)`;
  return [
    ...head,
    ...section('Entry, secrets masked'),
    ...entryLines(detail, width),
    ...section(`Catalog${tools}`),
    ...catalogLines(detail, context, width),
    ...section('Processes'),
    ...processLines(detail, context, width),
    ...section('History'),
    ...historyLines(detail, context, state.now, width),
  ];
}

export const serverPage: PageView = {
  title: (topic) => (topic.type === 'server' ? topic.name : ''),
  draw,
};
