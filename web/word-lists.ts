import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english } from '@zxcvbn-ts/language-en';

/** What the page knows of common passwords: small enough to be fetched for one form. */
export interface WordLists {
  /** Words and passwords, the most common first, with spaces between. */
  readonly words: string;
  /** Short rows of words that go together, as the months. */
  readonly rows: Record<string, string[]>;
  readonly graphs: Record<string, Record<string, (string | null)[]>>;
}

/** Lists of at most so many words are rows. */
const ROW_LENGTH = 40;

/**
 * What is left of the service's lists, some 180,000 words: the most common ones of middling length, and the long ones. Short
 * words are guessed as easily letter by letter, and any other run of 5 to 12 letters counts as a word that is not so common.
 */
const KEPT: readonly { readonly length: number; readonly rank: number; readonly joined?: true }[] = [
  { length: 15, rank: 50_000 },
  { length: 13, rank: 25_000 },
  // Which are two words otherwise.
  { length: 9, rank: 20_000, joined: true },
  { length: 5, rank: 1000 },
];

/** The lists that `src/entry/strength.ts` judges by; the build puts them in. */
export function wordLists(): WordLists {
  const lists = Object.entries({ ...common, ...english } as Record<string, (string | number)[]>);
  const ranks = new Map<string, number>();
  for (const [, list] of lists.filter(([, { length }]) => length > ROW_LENGTH)) {
    for (const [at, entry] of list.entries()) {
      const word = String(entry).toLowerCase();
      ranks.set(word, Math.min(ranks.get(word) ?? Infinity, at + 1));
    }
  }
  const { qwerty, qwertz, azerty, keypad } = adjacencyGraphs;
  return {
    words: [...ranks]
      .filter(([word, rank]) => !word.includes(' ') && isKept(word, rank))
      .map(([word, rank]) => ({ word, level: Math.floor(Math.log2(rank)) }))
      // In the order of letters within a level, which packs to half.
      .sort((a, b) => a.level - b.level || (a.word < b.word ? -1 : 1))
      .map(({ word }) => word)
      .join(' '),
    rows: Object.fromEntries(
      lists.filter(([, { length }]) => length <= ROW_LENGTH).map(([name, list]) => [name, list.map(String)]),
    ),
    graphs: { qwerty, qwertz, azerty, keypad },
  };
}

function isKept(word: string, rank: number): boolean {
  return KEPT.some(
    ({ length, rank: last, joined }) => word.length >= length && rank <= last && (!joined || word.includes('-')),
  );
}
