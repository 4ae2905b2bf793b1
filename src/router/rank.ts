import { matchesWithin } from './pattern.ts';
import { phraseIn, stem, wordsOf } from './words.ts';

/** What a ranking looks at of one server. */
export interface Rankable {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly keywords: readonly string[];
  /** Regular expressions over the prompt. */
  readonly patterns: readonly string[];
  readonly tools: readonly { readonly name: string; readonly description: string }[];
}

export type EvidenceKind = 'name' | 'keyword' | 'pattern' | 'tag' | 'tool' | 'description';

/** One thing of the prompt that speaks for a server. */
export interface Evidence {
  readonly kind: EvidenceKind;
  /** The words, keyword or pattern that matched. */
  readonly what: string;
  readonly weight: number;
}

export interface RankedServer {
  readonly name: string;
  /** Between 0 and 1; comparable from one prompt to the next. */
  readonly score: number;
  /** The strongest first. */
  readonly evidence: readonly Evidence[];
}

/** From this score on a server fits well enough to be suggested or started. */
export const FITS = 0.4;

/** How much each kind says, and how much all of its kind may say together. */
const WEIGHT: Readonly<Record<EvidenceKind, { readonly each: number; readonly most: number }>> = {
  name: { each: 5, most: 5 },
  keyword: { each: 3, most: 9 },
  pattern: { each: 4, most: 8 },
  tag: { each: 2, most: 4 },
  tool: { each: 1, most: 3 },
  description: { each: 0.5, most: 1.5 },
};

/** A sum of weights that is as good as half certain. */
const HALF = 4;

/**
 * The servers that a prompt speaks for, the best first; those without any evidence are left out. A word that many servers
 * have says less for each of them.
 */
export function rank(prompt: string, servers: readonly Rankable[]): RankedServer[] {
  const words = wordsOf(prompt);
  const stems = new Set(words.map(stem));
  const found = servers.map((server) => ({ server, evidence: evidenceFor(prompt, words, stems, server) }));
  const owners = Map.groupBy(
    found.flatMap(({ evidence }) => evidence.map(({ what }) => what)),
    (what) => what,
  );
  return found
    .map(({ server: { name }, evidence }) => {
      const weighed = evidence.map((each) => ({
        ...each,
        weight: each.weight / Math.sqrt(owners.get(each.what)?.length ?? 1),
      }));
      const sum = total(weighed);
      return {
        name,
        score: Math.round((1000 * sum) / (sum + HALF)) / 1000,
        evidence: weighed.toSorted((a, b) => b.weight - a.weight),
      };
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score);
}

function total(evidence: readonly Evidence[]): number {
  const byKind = Map.groupBy(evidence, ({ kind }) => kind);
  return [...byKind].reduce((sum, [kind, all]) => {
    const together = all.reduce((weight, each) => weight + each.weight, 0);
    return sum + Math.min(together, WEIGHT[kind].most);
  }, 0);
}

/** Each word of the prompt counts once, for the strongest thing that it matches. */
function evidenceFor(
  prompt: string,
  words: readonly string[],
  stems: ReadonlySet<string>,
  server: Rankable,
): Evidence[] {
  const spent = new Set<string>();
  const evidence: Evidence[] = [];
  const add = (kind: EvidenceKind, what: string): void => {
    const parts = wordsOf(what).map(stem);
    if (parts.every((part) => spent.has(part))) return;
    for (const part of parts) spent.add(part);
    evidence.push({ kind, what, weight: WEIGHT[kind].each });
  };
  for (const name of new Set([server.name, server.title])) if (phraseIn(name, words)) add('name', name.toLowerCase());
  for (const keyword of server.keywords) if (phraseIn(keyword, words)) add('keyword', keyword.toLowerCase());
  for (const pattern of server.patterns) {
    if (matchesWithin(pattern, prompt)) evidence.push({ kind: 'pattern', what: pattern, weight: WEIGHT.pattern.each });
  }
  for (const tag of server.tags) if (phraseIn(tag, words)) add('tag', tag.toLowerCase());
  const inTools = new Set(server.tools.flatMap(({ name }) => wordsOf(name)));
  const inTexts = new Set([server.description, ...server.tools.map(({ description }) => description)].flatMap(wordsOf));
  for (const word of inTools) if (stems.has(stem(word))) add('tool', word);
  for (const word of inTexts) if (stems.has(stem(word))) add('description', word);
  return evidence;
}

/** Why a server was chosen, for people: `keyword "repository", tool "create"`. */
export function reasons({ evidence }: RankedServer): string[] {
  return evidence.map(({ kind, what }) => `${kind} "${what}"`);
}
