import { dateTime, uptime } from '../cockpit/text/duration.ts';
import { bytes, percent } from '../cockpit/text/quantity.ts';
import type { UnitDetail } from '../supervisor/api.ts';
import { oneLine } from './safe-text.ts';
import type { TableLook } from './status-table.ts';
import { problemLine, stateRole, stateText } from './unit-text.ts';

/** How many of the last events are worth a line here; all of them are in the cockpit. */
const EVENTS_SHOWN = 5;

/** All about one server: `mcp NAME status`. */
export function detailLines({ unit, history, catalog, processes }: UnitDetail, look: TableLook): string[] {
  const { glyphs, paint, now } = look;
  const fields: [string, string | null][] = [
    ['', unit.title === unit.name ? null : oneLine(unit.title)],
    ['state', paint(stateText(unit, glyphs, now), stateRole(unit.state))],
    ['cause', unit.cause === null ? null : paint(problemLine(unit.cause), 'warn')],
    ['entry', unit.entryChanged && unit.pid !== null ? paint(`changed → mcp ${unit.name} restart`, 'warn') : null],
    ['via', unit.port === null ? unit.transport : `${unit.transport}, port ${unit.port}`],
    ['protocol', unit.revision === null ? null : `${unit.revision}${unit.era === null ? '' : ` (${unit.era})`}`],
    ['pid', unit.pid === null ? null : String(unit.pid)],
    ['up', unit.startedAt === null ? null : `${uptime(now - unit.startedAt)}, since ${dateTime(unit.startedAt)}`],
    ['cpu', unit.cpuPercent === null ? null : percent(unit.cpuPercent)],
    ['memory', unit.memoryBytes === null ? null : bytes(unit.memoryBytes)],
    ['restarts', unit.restarts === 0 ? null : String(unit.restarts)],
    ['last exit', unit.lastExit === null ? null : `${oneLine(unit.lastExit.text)}, ${dateTime(unit.lastExit.at)}`],
    ['tools', catalog === null ? null : toolNames(catalog.tools)],
    ['log', unit.logPath],
  ];
  const width = Math.max(...fields.map(([title]) => title.length));
  const line = (title: string, text: string) => `  ${paint(title.padEnd(width), 'muted')}  ${text}`;
  return [
    paint(unit.name, 'strong'),
    ...fields.flatMap(([title, text]) => (text === null ? [] : [line(title, text)])),
    ...processes.map(({ pid, command }, index) => line(index === 0 ? 'runs' : '', `${pid} ${oneLine(command)}`)),
    ...history
      .slice(0, EVENTS_SHOWN)
      .map(({ at, text }, index) => line(index === 0 ? 'history' : '', `${dateTime(at)} ${oneLine(text)}`)),
  ];
}

function toolNames(tools: readonly { readonly name: string }[]): string {
  const names = tools.map(({ name }) => oneLine(name));
  return names.length === 0 ? '0' : `${names.length}: ${names.join(', ')}`;
}
