import { stem, wordsOf } from './words.ts';

/** What a ranking looks at of one tool. */
export interface RankableTool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Names of its arguments. */
  readonly parameters: readonly string[];
  /** Words that stand nowhere else: of its server, or hints for a search. */
  readonly hints: string;
}

export interface RankedTool<T extends RankableTool> {
  readonly tool: T;
  /** More is better; comparable within one ranking only. */
  readonly score: number;
}

/** What a word counts by where it stands; once in each place, so that nobody is found for saying it often. */
const FIELDS: readonly { readonly weight: number; text(tool: RankableTool): string }[] = [
  { weight: 3, text: ({ name }) => name },
  { weight: 2, text: ({ title }) => title },
  { weight: 2, text: ({ hints }) => hints },
  { weight: 1, text: ({ description }) => description },
  { weight: 0.5, text: ({ parameters }) => parameters.join(' ') },
];

/** BM25 (Robertson and Zaragoza 2009): how soon a repeated word says nothing new, and how much long texts are held back. */
const SATURATION = 1.2;
const LENGTH_PENALTY = 0.5;

/**
 * The tools that a query speaks for, the best first; those without a word of it are left out. Rare words say more, words
 * of names more than words of descriptions. Equal ones stay in the order they came in.
 */
export function rankTools<T extends RankableTool>(query: string, tools: readonly T[]): RankedTool<T>[] {
  const wanted = [...new Set(wordsOf(query).map(stem))];
  const documents = tools.map((tool) => ({ tool, counts: countsOf(tool) }));
  const lengths = documents.map(({ counts }) => sum(counts.values()));
  const average = sum(lengths) / Math.max(1, lengths.length);
  const rarity = new Map(
    wanted.map((word) => {
      const having = documents.filter(({ counts }) => counts.has(word)).length;
      return [word, Math.log(1 + (documents.length - having + 0.5) / (having + 0.5))];
    }),
  );
  return documents
    .map(({ tool, counts }, index) => {
      const held = 1 - LENGTH_PENALTY + (LENGTH_PENALTY * (lengths[index] ?? 0)) / Math.max(1, average);
      const score = sum(
        wanted.map((word) => {
          const count = counts.get(word) ?? 0;
          return ((rarity.get(word) ?? 0) * count * (SATURATION + 1)) / (count + SATURATION * held);
        }),
      );
      return { tool, score };
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score);
}

function countsOf(tool: RankableTool): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { weight, text } of FIELDS) {
    for (const word of new Set(wordsOf(text(tool)).map(stem))) counts.set(word, (counts.get(word) ?? 0) + weight);
  }
  return counts;
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}
