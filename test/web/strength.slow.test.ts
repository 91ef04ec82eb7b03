import { describe, expect, it } from '@jest/globals';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english } from '@zxcvbn-ts/language-en';
import { checkNewPassword } from '../../lambda/domain/password-strength.ts';
import { makeJudge } from '../../web/src/entry/strength.ts';
import { wordLists } from '../../web/word-lists.ts';

const EMAIL = 'testa.exemplar@sampleton.example';
const SAMPLES_OF_A_KIND = 40;
/** Of the passwords that the service refuses, those that are called good here at most. */
const MAX_FALSE_GOOD = 0.06;
/** Of those that it takes, those that are called easy to guess at most. */
const MAX_FALSE_WEAK = 0.2;

/** Numbers from 0 to 1, the same each time. */
function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = randomOf(20_261_127);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
/** The more common, the more often, as people choose. */
const likely = <T>(list: readonly T[]): T => list[Math.floor(Math.exp(random() * Math.log(list.length)))] as T;
const { 'passwords-common': passwords, 'diceware-common': dice } = common;
const { 'commonWords-en': words, 'firstnames-en': first, 'lastnames-en': last, 'months-en': months } = english;
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const looksLike = (word: string) =>
  word.replace(/[aeos]/g, (letter) => ({ a: '4', e: '3', o: '0', s: '$' })[letter] ?? '');
const end = () => pick(['', '1', '!', '123', '2024', '1987', '!!', '99', '12345', '#1']);
const gap = () => pick(['', '', ' ', '-', '.']);
const SIGNS = Array.from('abcdefghijkmnpqrstuvwxyz23456789!?$%');

/** How people, and programs, make passwords. */
const KINDS: Readonly<Record<string, () => string>> = {
  'two passwords': () => likely(passwords) + gap() + likely(passwords) + end(),
  'two rare passwords': () => pick(passwords) + pick(passwords),
  'two words': () => likely(words) + gap() + likely(words) + end(),
  'a long word': () => pick(words.filter((word) => word.length > 10)) + end(),
  'a name': () => capital(pick(first)) + gap() + capital(likely(last)) + end(),
  'look-alike signs': () => looksLike(likely(passwords) + likely(words)) + end(),
  'one over and over': () => likely(passwords).repeat(3),
  'a word twice': () => pick(words).repeat(2),
  'a month': () => capital(pick(months)) + pick(months) + end(),
  'a known long password': () => pick(passwords.filter((password) => password.length >= 15)),
  'three words': () => [likely(words), likely(words), likely(words)].join(gap()),
  'four dice words': () => [pick(dice), pick(dice), pick(dice), pick(dice)].join(gap()),
  'random signs': () => Array.from({ length: 16 }, () => pick(SIGNS)).join(''),
};

function samplesOf(make: () => string): string[] {
  const found: string[] = [];
  while (found.length < SAMPLES_OF_A_KIND) {
    const password = make();
    if (password.length >= 15) found.push(password);
  }
  return found;
}

describe('the strength of a new password, as the page tells it', () => {
  it('agrees with the service, and leans to no where it does not', async () => {
    const judge = makeJudge(ZxcvbnFactory, wordLists());
    const counts = { refused: 0, taken: 0, falseGood: [] as string[], falseWeak: [] as string[] };
    for (const password of Object.values(KINDS).flatMap(samplesOf)) {
      const refused = (await checkNewPassword(password, EMAIL)) !== 'ok';
      const good = judge(password, EMAIL).verdict === 'ok';
      counts[refused ? 'refused' : 'taken'] += 1;
      if (refused && good) counts.falseGood.push(password);
      if (!refused && !good) counts.falseWeak.push(password);
    }
    expect(counts.refused).toBeGreaterThan(100);
    expect(counts.taken).toBeGreaterThan(100);
    expect(counts.falseGood.length).toBeLessThanOrEqual(counts.refused * MAX_FALSE_GOOD);
    expect(counts.falseWeak.length).toBeLessThanOrEqual(counts.taken * MAX_FALSE_WEAK);
  }, 300_000);
});
