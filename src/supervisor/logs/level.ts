import type { LogLevel } from '../api.ts';

/** What a line says about its level: a level, that it belongs to the line before it, or nothing. */
export type StatedLevel = LogLevel | 'inherit' | null;

const WORDS: Readonly<Record<string, LogLevel>> = {
  emerg: 'error',
  alert: 'error',
  fatal: 'error',
  panic: 'error',
  critical: 'error',
  crit: 'error',
  severe: 'error',
  error: 'error',
  err: 'error',
  warning: 'warn',
  warn: 'warn',
  notice: 'info',
  information: 'info',
  info: 'info',
  log: 'info',
  success: 'info',
  debug: 'debug',
  verbose: 'debug',
  trace: 'debug',
};
const ALTERNATIVES = Object.keys(WORDS).join('|');
const CAPITALS = ALTERNATIVES.toUpperCase();

/** Only the beginning of a line is looked at: later words belong to the message. */
const HEAD_LENGTH = 100;

/** `ERROR`, `[WARN]`, `INFO:`, `| DEBUG |` as a word of its own. */
const CAPITAL_WORD = new RegExp(`(?<![^\\s[(<|:])(${CAPITALS})(?=$|[\\s\\])>|:,!(])`);
/** `[error]`, `<warn>`, `level=info`, tab-separated `\tinfo\t`. */
const MARKED_WORD = new RegExp(
  `[[<(](${ALTERNATIVES})[\\])>]|\\b(?:level|lvl|severity)=["']?(${ALTERNATIVES})\\b|\\t(${ALTERNATIVES})\\t`,
  'i',
);
/** `error:`, `warning -`, `npm ERR!`, `err` at the very start. */
const LEADING_WORD = new RegExp(
  `^(?:npm )?(${ALTERNATIVES})(?=[:!]| -|$)|^npm (warn|err|error|notice)\\b|^(err|wrn|inf|dbg) `,
  'i',
);
const SHORT: Readonly<Record<string, LogLevel>> = { err: 'error', wrn: 'warn', inf: 'info', dbg: 'debug' };
/** Two words of prose before a capital word: it is part of a sentence. */
const PROSE = /(?:^|\s)\p{Ll}{2,} \p{Ll}{2,} /u;
/** klog and glog: `E1122 10:32:07.123456`. */
const KLOG = /^([IWEFD])\d{4} \d\d:\d\d/;
const KLOG_LEVELS: Readonly<Record<string, LogLevel>> = { I: 'info', W: 'warn', E: 'error', F: 'error', D: 'debug' };
/** The first line of what a runtime prints when a program fails. */
const FAILURE =
  /^(?:Traceback \(most recent call last\)|(?:Uncaught )?[\w.$]*(?:Error|Exception)(?: \[\w+\])?(?::|$)|Unhandled|Uncaught|Exception in thread|Caused by:|panic: |fatal error: |thread '.*' panicked at|Segmentation fault|thrown:)/;
const WARNING = /^(?:\(node:\d+\) )?(?:\[\w+\] )?[\w.]*Warning(?::|$)|^[^\s:]+:\d+: \w*Warning:/;
/** Stack frames, indented details, closing brackets, blank lines, a qualified exception class at a traceback's end. */
const CONTINUATION =
  /^(?:\s|$|at |\.{3} \d+ more|[\])}]+[,;]?$|\^+$|goroutine \d+|During handling of the above|The above exception was|[a-z_]\w*(?:\.\w+)*\.[A-Z]\w*(?::|$))/;

/**
 * The level of a line. Continuation lines (stack frames, tracebacks, indented or blank lines) inherit `previous`, the
 * level of the line before; a line that states none has level null.
 */
export function detectLevel(plain: string, previous: LogLevel | null): LogLevel | null {
  const stated = statedLevel(plain);
  return stated === 'inherit' ? previous : stated;
}

/** What the line says by itself, without looking at its neighbours. */
export function statedLevel(plain: string): StatedLevel {
  if (plain.charCodeAt(0) === 0x7b) {
    const level = jsonLevel(plain);
    if (level !== null) return level;
  }
  const head = plain.length > HEAD_LENGTH ? plain.slice(0, HEAD_LENGTH) : plain;
  return leadingLevel(head) ?? wordLevel(head) ?? (CONTINUATION.test(head) ? 'inherit' : null);
}

function leadingLevel(head: string): LogLevel | null {
  const klog = KLOG.exec(head);
  if (klog?.[1]) return KLOG_LEVELS[klog[1]] ?? null;
  const word = LEADING_WORD.exec(head);
  if (word) return byWord(word[1] ?? word[2] ?? word[3]);
  if (WARNING.test(head)) return 'warn';
  return FAILURE.test(head) ? 'error' : null;
}

function wordLevel(head: string): LogLevel | null {
  const marked = MARKED_WORD.exec(head);
  const capital = CAPITAL_WORD.exec(head);
  if (capital && (!marked || capital.index < marked.index)) {
    return PROSE.test(head.slice(0, capital.index)) ? null : byWord(capital[1]);
  }
  return marked ? byWord(marked[1] ?? marked[2] ?? marked[3]) : null;
}

function byWord(word: string | undefined): LogLevel | null {
  const key = word?.toLowerCase() ?? '';
  return WORDS[key] ?? SHORT[key] ?? null;
}

const JSON_KEYS = ['level', 'severity', 'lvl', 'levelname', 'log.level', 'severity_text'] as const;
/** Longer objects are searched as text: parsing them would cost more than it tells. */
const MAX_JSON = 4096;
const JSON_LEVEL = /"(?:level|severity|lvl|levelname|log\.level|severity_text)"\s*:\s*(?:"(\w+)"|(\d+))/;

function jsonLevel(line: string): LogLevel | null {
  if (line.length <= MAX_JSON && line.endsWith('}')) {
    try {
      const record: unknown = JSON.parse(line);
      if (typeof record === 'object' && record !== null) return levelOfRecord(new Map(Object.entries(record)));
    } catch {
      // Not JSON after all, such as a printed Python dict.
    }
  }
  const found = JSON_LEVEL.exec(line);
  if (!found) return null;
  return found[1] === undefined ? byNumber(Number(found[2])) : byWord(found[1]);
}

function levelOfRecord(record: ReadonlyMap<string, unknown>): LogLevel | null {
  for (const key of JSON_KEYS) {
    const value = record.get(key);
    if (typeof value === 'string') return byWord(value);
    if (typeof value === 'number') return byNumber(value);
  }
  return null;
}

/** 10–60 as pino and bunyan count (higher is worse), 0–7 as syslog does (lower is worse). */
function byNumber(value: number): LogLevel {
  if (value < 8) return value <= 3 ? 'error' : value === 4 ? 'warn' : value === 7 ? 'debug' : 'info';
  if (value >= 50) return 'error';
  if (value >= 40) return 'warn';
  return value >= 30 ? 'info' : 'debug';
}
