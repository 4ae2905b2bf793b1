const UNITS = ['B', 'K', 'M', 'G', 'T'] as const;

/** Bytes in at most four columns, powers of 1024: `812B`, `61M`, `1.4G`. */
export function bytes(count: number): string {
  let value = Math.max(0, count);
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const text = unit > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value));
  return text + (UNITS[unit] ?? '');
}

/** Percent of one core in at most five columns: `0.4%`, `12%`, `340%`. */
export function percent(value: number): string {
  return value > 0 && value < 9.95 ? `${value.toFixed(1)}%` : `${Math.round(value)}%`;
}

/** `1 server`, `3 servers`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A count in at most four columns: `812`, `1.2k`, `34k`. */
export function count(value: number): string {
  if (value < 1000) return String(Math.round(value));
  if (value < 999_500) return value < 9_950 ? `${(value / 1000).toFixed(1)}k` : `${Math.round(value / 1000)}k`;
  return `${(value / 1_000_000).toFixed(1)}M`;
}

/** A rate in at most four columns: `0`, `0.2`, `12`, `1.2k`. */
export function rate(value: number): string {
  return value > 0 && value < 9.95 ? value.toFixed(1) : count(value);
}
