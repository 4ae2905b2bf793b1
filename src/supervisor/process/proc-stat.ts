/** One line of the process table. Times in clock ticks of 10 ms ({@link TICK_MS}). */
export interface ProcStat {
  readonly pid: number;
  /** One letter: R S D T t Z X I … */
  readonly state: string;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  /** Birth, in ticks since boot (Linux) or since the epoch (macOS); only ever compared for equality. */
  readonly startTicks: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  /** User and system time of children that ended and were waited for. */
  readonly childTicks: number;
  /** Threads, the main one included. */
  readonly threads: number;
}

/** USER_HZ is 100 on every Linux architecture Node runs on. */
export const TICK_MS = 10;

/**
 * Parses `/proc/PID/stat`. The name in parentheses is chosen by the process and may hold spaces, newlines and `) R 1 (`,
 * so everything is counted from the last `)`. Null when the text is not such a line.
 */
export function parseStat(text: string): ProcStat | null {
  const close = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  if (close < 0 || Number.isNaN(pid)) return null;
  const fields = text.slice(close + 2).split(' ');
  // proc(5) numbers fields from 1; the state is field 3.
  const field = (number: number) => Number(fields[number - 3]);
  const stat = {
    pid,
    state: fields[0] ?? '',
    ppid: field(4),
    pgid: field(5),
    sid: field(6),
    userTicks: field(14),
    systemTicks: field(15),
    childTicks: field(16) + field(17),
    threads: field(20),
    startTicks: field(22),
  };
  return Number.isNaN(stat.startTicks) ? null : stat;
}

/**
 * Nothing of it runs any more. A zombie counts as dead although `kill(pid, 0)` succeeds on it (R3, R22), unless only its
 * main thread ended and others work on.
 */
export function isDead(stat: ProcStat): boolean {
  return stat.state === 'X' || (stat.state === 'Z' && stat.threads <= 1);
}
