import { didYouMean } from '../registry/did-you-mean.ts';
import { wrongUse } from './command-error.ts';

export interface Grammar {
  readonly verbs: ReadonlySet<string>;
  /** Options that take a value as the next word: `--wait`, `-n`, … */
  readonly valueFlags: ReadonlySet<string>;
}

/**
 * Puts the verb first, as the parser wants it: `mem0 github start --wait 5s` and `--wait 5s start mem0 github` mean the
 * same. The first word that is a verb is the verb (no server can be called like one); everything else keeps its order.
 * Without any word, options alone, it is left as it is: that is the cockpit.
 *
 * @throws CommandError for words without a verb among them.
 */
export function verbFirst(argv: readonly string[], { verbs, valueFlags }: Grammar): string[] {
  const positions = wordPositions(argv, valueFlags);
  if (positions.length === 0) return [...argv];
  const verbAt = positions.find((position) => verbs.has(argv[position] ?? ''));
  const words = positions.map((position) => argv[position] ?? '');
  if (verbAt === undefined) throw noVerb(words, verbs);
  if (words[0] === 'help' && words[1] !== undefined && !verbs.has(words[1])) throw noVerb(words.slice(1, 2), verbs);
  return [argv[verbAt] ?? '', ...argv.slice(0, verbAt), ...argv.slice(verbAt + 1)];
}

/** Where the words stand that are neither options, nor values of options, nor behind `--`. */
function wordPositions(argv: readonly string[], valueFlags: ReadonlySet<string>): number[] {
  const positions: number[] = [];
  for (let at = 0; at < argv.length; at++) {
    const arg = argv[at] ?? '';
    if (arg === '--') break;
    if (arg.startsWith('-') && arg !== '-') at += valueFlags.has(arg) ? 1 : 0;
    else positions.push(at);
  }
  return positions;
}

/** With several words the last is taken for the verb first, as in `mcp mem0 strat`, then the others. */
function noVerb(words: readonly string[], verbs: ReadonlySet<string>): Error {
  const shown = `mcp ${words.join(' ')}`;
  for (const word of words.toReversed()) {
    const verb = didYouMean(word, verbs);
    if (verb === null) continue;
    const others = words.filter((other) => other !== word);
    return wrongUse(`there is no verb "${word}"`, `did you mean: ${['mcp', ...others, verb].join(' ')}`);
  }
  if (words.length > 1) return wrongUse(`"${shown}" holds no verb`, 'mcp --help shows them');
  return wrongUse(
    `"${shown}" does not say what to do`,
    `${shown} status, ${shown} start, or mcp --help for every verb`,
  );
}
