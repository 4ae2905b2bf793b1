import { dateTime } from '../cockpit/text/duration.ts';
import type { Role } from '../cockpit/theme/role.ts';
import type { LogLevel } from '../supervisor/api.ts';
import { logLineJson } from './json.ts';
import type { NamedLine } from './log-filter.ts';
import type { Paint } from './table.ts';

const NAME_ROLES: readonly Role[] = ['name1', 'name2', 'name3', 'name4', 'name5', 'name6'];
const RESET = '\u001B[0m';

const LEVEL_ROLE: Readonly<Record<LogLevel, Role | undefined>> = {
  error: 'error',
  warn: 'warn',
  info: undefined,
  debug: 'muted',
};

export interface LogLook {
  readonly json: boolean;
  readonly timestamps: boolean;
  readonly paint: Paint;
  /** False: the servers' own colours are left out as well. */
  readonly colours: boolean;
}

/** Makes the function that prints lines of these servers; with more than one, each line says whose it is. */
export function logFormat(servers: readonly string[], look: LogLook): (line: NamedLine) => string {
  const width = Math.max(...servers.map((name) => name.length));
  return ({ server, line }) => {
    if (look.json) return JSON.stringify(logLineJson(server, line));
    const { paint } = look;
    const role = NAME_ROLES[servers.indexOf(server) % NAME_ROLES.length];
    const who = servers.length > 1 ? `${paint(`${server.padEnd(width)} |`, role)} ` : '';
    const when = look.timestamps ? `${paint(timestamp(line.at), 'muted')} ` : '';
    return who + when + body(line, look);
  };
}

/** A server that colours its lines keeps its colours; others get one from the level. */
function body({ text, plain, level, kind }: NamedLine['line'], { colours, paint }: LogLook): string {
  if (!colours) return plain;
  if (kind === 'mark') return paint(plain, 'muted');
  if (text !== plain) return text + RESET;
  return paint(plain, level === null ? undefined : LEVEL_ROLE[level]);
}

/** Local time to the tenth of a second, which is as exact as it is known; blanks where it is not. */
function timestamp(at: number | null): string {
  if (at === null) return ' '.repeat('2026-08-01 10:32:07.1'.length);
  return `${dateTime(at)}.${Math.floor((at % 1000) / 100)}`;
}
