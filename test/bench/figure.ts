/** One line of the table. */
export interface Figure {
  readonly what: string;
  readonly ours: number;
  /** The peer's figure in the same run; null where it has none. */
  readonly peer: number | null;
  readonly unit: string;
  /** In words, as the table shows it. */
  readonly target: string;
  /** null: the target is not a number that can be compared. */
  readonly met: boolean | null;
}

/** `at most`: the target is an upper bound of our own figure. */
export function atMost(what: string, ours: number, unit: string, bound: number, peer: number | null = null): Figure {
  return { what, ours, peer, unit, target: `≤ ${bound} ${unit}`, met: ours <= bound };
}

/** Our figure must be at most `factor` times the peer's. */
export function against(what: string, ours: number, peer: number, unit: string, factor: number): Figure {
  return { what, ours, peer, unit, target: `≤ ${factor} × peer`, met: ours <= factor * peer };
}

export function noted(what: string, ours: number, unit: string, peer: number | null = null): Figure {
  return { what, ours, peer, unit, target: '–', met: null };
}

export function table(figures: readonly Figure[]): string {
  const number = (value: number): string =>
    Number.isNaN(value) ? '–' : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
  const rows = figures.map(({ what, ours, peer, unit, target, met }) => [
    what,
    `${number(ours)} ${unit}`,
    peer === null ? '–' : `${number(peer)} ${unit}`,
    peer === null || peer === 0 ? '–' : `${(ours / peer).toFixed(2)} ×`,
    target,
    met === null ? '' : met ? 'met' : 'MISSED',
  ]);
  const head = ['figure', 'ours', 'peer', 'ratio', 'target', ''];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
