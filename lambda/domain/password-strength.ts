import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { late } from './late.ts';

/** What is wrong with a new password, or nothing. */
export type PasswordVerdict = 'ok' | 'too_short' | 'too_long' | 'too_common';

/** Code points of a new password (SP 800-63B-4 §3.1.1.2; the upper bound leaves room for passphrases). */
const MIN_LENGTH = 15;
const MAX_LENGTH = 256;

/** Code points that are judged; what follows only adds. */
const JUDGED = 100;

/** zxcvbn's scale runs from 0 to 4; 3 is 10^8 guesses. */
const MIN_SCORE = 3;

/** Letters and digits that must remain once the e-mail's and the service's words are taken out. */
const MIN_OWN = 6;

/** Readings of look-alike characters that are tried. zxcvbn's own bound of 100 costs 0.6 s on chosen passwords. */
const MAX_SUBSTITUTIONS = 20;

const SERVICE_WORDS = ['twinlock', 'vault'];

const loadChecker = late(makeChecker);

/**
 * Judges a password that is to be set.
 *
 * The first call loads zxcvbn and its dictionaries (about 0.3 s and 60 MB); a judgement takes at most some 0.2 s,
 * whatever the password.
 *
 * @param prepared the password in its prepared form (RFC 8265 §4.2), without lone surrogates
 * @param email the account's normalised e-mail
 * @param minLength code points at least: what the deployment asks for, never less than 15
 */
export async function checkNewPassword(
  prepared: string,
  email: string,
  minLength = MIN_LENGTH,
): Promise<PasswordVerdict> {
  const length = checkLength(prepared, minLength);
  if (length !== 'ok') return length;
  const judged = Array.from(prepared).slice(0, JUDGED).join('');
  const words = [...wordsOf(email), ...SERVICE_WORDS];
  if (isMadeOf(words, judged)) return 'too_common';
  const { score } = (await loadChecker()).check(judged, words);
  return score < MIN_SCORE ? 'too_common' : 'ok';
}

/** The part of {@link checkNewPassword} that needs neither the e-mail nor a dictionary. */
export function checkLength(prepared: string, minLength = MIN_LENGTH): Exclude<PasswordVerdict, 'too_common'> {
  const { length } = Array.from(prepared);
  if (length < minLength) return 'too_short';
  return length > MAX_LENGTH ? 'too_long' : 'ok';
}

/** The local part, the domain and the words within, of 3 characters and more. */
function wordsOf(email: string): string[] {
  const at = email.lastIndexOf('@');
  const parts = [email, email.slice(0, Math.max(at, 0)), email.slice(at + 1), ...email.split(/[^\p{L}\p{M}\p{N}]+/u)];
  return [...new Set(parts.map((part) => part.toLowerCase()))].filter((part) => part.length >= 3);
}

function isMadeOf(words: readonly string[], password: string): boolean {
  const whole = password.toLowerCase();
  let own = whole;
  for (const word of words.toSorted((a, b) => b.length - a.length)) own = own.replaceAll(word, ' ');
  return own !== whole && Array.from(own.matchAll(/[\p{L}\p{N}]/gu)).length < MIN_OWN;
}

async function makeChecker(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory: Factory }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  return new Factory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    l33tMaxSubstitutions: MAX_SUBSTITUTIONS,
  });
}
