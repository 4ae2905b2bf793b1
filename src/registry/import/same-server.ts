interface Named {
  readonly name: string;
  /** As written, in the registry or by another client. */
  readonly raw: unknown;
}

/**
 * Whether two entries start the same program or reach the same URL. Where the registry has `${VARIABLE}` (an import puts
 * secrets behind one), any text will do, provided that the names are the same.
 */
export function sameServer(theirs: Named, registered: Named): boolean {
  const [a, b] = [launchOf(theirs.raw), launchOf(registered.raw)];
  if (a.length === 0 || a.length !== b.length) return false;
  const sameName = theirs.name.toLowerCase() === registered.name.toLowerCase();
  return a.every((word, index) => {
    const other = b[index] ?? '';
    return word === other || (sameName && matches(word, other));
  });
}

/** The words that say what runs: the URL alone, or the command and its arguments. */
function launchOf(raw: unknown): string[] {
  if (typeof raw !== 'object' || raw === null) return [];
  const fields = raw as Readonly<Record<string, unknown>>;
  const url = fields.httpUrl ?? fields.url ?? fields.serverUrl;
  if (typeof fields.command !== 'string') return typeof url === 'string' ? [url.replace(/\/$/, '')] : [];
  const args: readonly unknown[] = Array.isArray(fields.args) ? fields.args : [];
  return [fields.command, ...args.map(String)];
}

function matches(word: string, pattern: string): boolean {
  if (!pattern.includes('${')) return false;
  const parts = pattern.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^$()|[\]\\{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(word);
}
