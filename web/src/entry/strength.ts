import type { Matcher, ZxcvbnFactory, ZxcvbnResult } from '@zxcvbn-ts/core';

/** What the service would say of a new password, in its words. */
export type Verdict = 'ok' | 'too_short' | 'too_long' | 'too_common';

/** What makes a password easy to guess, most of all. */
export type Weakness = 'own' | 'repeated' | 'rows' | 'dates' | 'words';

export interface Judgement {
  readonly verdict: Verdict;
  /** How far it has come, 0 to 4; 4 is good. */
  readonly level: number;
  /** Code points that are missing. */
  readonly missing: number;
  readonly weakness: Weakness | null;
}

export type Judge = (password: string, email: string) => Judgement;

/** What a judge knows of common passwords (`web/word-lists.ts`). */
export interface Lists {
  readonly words: string;
  readonly rows: Record<string, string[]>;
  readonly graphs: Record<string, Record<string, (string | null)[]>>;
}

/** The service's own bounds: code points, and what it judges of them. */
const MIN_LENGTH = 15;
const MAX_LENGTH = 256;
const JUDGED = 100;
const MAX_SUBSTITUTIONS = 20;
const SERVICE_WORDS = ['twinlock', 'vault'];
const MIN_OWN = 6;

/** The service takes what needs 10^8 guesses; here it is half a power more, for words that only the service knows. */
const GOOD = 8.5;

/** Guesses for a run of letters or digits that no list here has: a word's, be it one or not. */
const RUN_GUESSES = 20_000;
/** Of scripts that put spaces between words. */
const RUN = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]+|\p{N}+/gu;
const MIN_RUN = 5;
const MAX_RUN = 12;

/** Takes each run of letters or digits for a word: what is left out of the lists is not therefore hard to guess. */
const run: Matcher = {
  // Its type asks for a field that none but zxcvbn's own have.
  Matching: class {
    match({ password }: { readonly password: string }) {
      return Array.from(password.matchAll(RUN)).flatMap(({ index, 0: token }) =>
        [...piecesOf(token.length)].map(([from, to]) => {
          return { pattern: 'run', i: index + from, j: index + to - 1, token: token.slice(from, to) };
        }),
      );
    }
  } as unknown as Matcher['Matching'],
  feedback: () => null,
  scoring: () => RUN_GUESSES,
};

function* piecesOf(length: number): Generator<readonly [from: number, to: number]> {
  for (let from = 0; from + MIN_RUN <= length; from += 1) {
    for (let to = from + MIN_RUN; to <= Math.min(from + MAX_RUN, length); to += 1) yield [from, to];
  }
}

let loading: Promise<Judge> | undefined;

/** The judge, with its lists: some 40 KB, fetched when the first form asks for a new password. */
export function loadJudge(): Promise<Judge> {
  loading ??= Promise.all([import('@zxcvbn-ts/core'), import('./word-lists.ts')]).then(
    ([core, { lists }]) => makeJudge(core.ZxcvbnFactory, lists),
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/**
 * Judges a new password as the service will (`lambda/domain/password-strength.ts`), by lists of a thirtieth of the size. It
 * leans to no: the service, which has the last word, hardly ever refuses what it calls good.
 */
export function makeJudge(Factory: typeof ZxcvbnFactory, { words, rows, graphs }: Lists): Judge {
  const dictionary = { words: words.split(' '), ...rows };
  const factory = new Factory({ dictionary, graphs, l33tMaxSubstitutions: MAX_SUBSTITUTIONS }, { run });
  return (password, email) => {
    const points = Array.from(password.replace(/\p{Zs}/gu, ' ').normalize('NFC'));
    const missing = Math.max(0, MIN_LENGTH - points.length);
    const judged = points.slice(0, JUDGED).join('');
    const own = [...wordsOf(email), ...SERVICE_WORDS];
    const result = factory.check(judged, own);
    const weak = isMadeOf(own, judged) || result.guessesLog10 < GOOD;
    const weakness = weak ? (isMadeOf(own, judged) ? 'own' : weaknessOf(result)) : null;
    const verdict = missing > 0 ? 'too_short' : points.length > MAX_LENGTH ? 'too_long' : weak ? 'too_common' : 'ok';
    return { verdict, level: verdict === 'ok' ? 4 : levelOf(result, points.length), missing, weakness };
  };
}

/** How much of the way to a good one is done: in length and in guesses, whichever is less. */
function levelOf({ guessesLog10 }: ZxcvbnResult, length: number): number {
  return Math.min(3, Math.floor(4 * Math.min(guessesLog10 / GOOD, length / MIN_LENGTH)));
}

const WEAKNESSES: Readonly<Record<string, Weakness>> = {
  repeat: 'repeated',
  sequence: 'rows',
  spatial: 'rows',
  wordSequence: 'rows',
  date: 'dates',
  regex: 'dates',
};

/** What most of its characters are. */
function weaknessOf({ sequence }: ZxcvbnResult): Weakness {
  const [longest] = sequence.toSorted((a, b) => b.token.length - a.token.length);
  if (longest?.['dictionaryName'] === 'userInputs') return 'own';
  return WEAKNESSES[longest?.pattern ?? ''] ?? 'words';
}

/** The local part, the domain and the words within, of 3 characters and more. */
function wordsOf(email: string): string[] {
  const at = email.lastIndexOf('@');
  const parts = [email, email.slice(0, Math.max(at, 0)), email.slice(at + 1), ...email.split(/[^\p{L}\p{M}\p{N}]+/u)];
  return [...new Set(parts.map((part) => part.trim().toLowerCase()))].filter((part) => part.length >= 3);
}

function isMadeOf(words: readonly string[], password: string): boolean {
  const whole = password.toLowerCase();
  let own = whole;
  for (const word of words.toSorted((a, b) => b.length - a.length)) own = own.replaceAll(word, ' ');
  return own !== whole && Array.from(own.matchAll(/[\p{L}\p{N}]/gu)).length < MIN_OWN;
}
