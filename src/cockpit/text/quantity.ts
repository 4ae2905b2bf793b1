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
