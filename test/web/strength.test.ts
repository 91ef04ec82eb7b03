import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { checkNewPassword } from '../../lambda/domain/password-strength.ts';
import { type Judge, makeJudge } from '../../web/src/entry/strength.ts';
import { wordLists } from '../../web/word-lists.ts';

const EMAIL = 'testa.exemplar@sampleton.example';
let judge: Judge;

beforeAll(() => {
  judge = makeJudge(ZxcvbnFactory, wordLists());
});

describe('the strength of a new password, as the page tells it', () => {
  it.each([
    ['ok', null, 'four unusual words', 'plum tractor seven violet'],
    ['ok', null, 'random signs', 'tr7!kQ2z$Lm9@pX4'],
    ['ok', null, 'words of another script', 'パスワードを忘れないようにする'],
    ['too_short', null, '14 characters', 'tr7!kQ2z$Lm9@p'],
    ['too_short', null, '14 code points in 28 units', '😀🚀🎲🌵🍋🎷🧭🪁😀🚀🎲🌵🍋🎷'],
    ['too_short', 'words', 'nothing', ''],
    ['too_long', null, '257 characters', 'plum tractor seven violet'.padEnd(257, 'qx7 ')],
    ['too_common', 'repeated', 'one letter', 'aaaaaaaaaaaaaaaaaaaa'],
    ['too_common', 'words', 'a row of keys that many take', 'qwertyuiopasdfgh'],
    ['too_common', 'rows', 'letters in order', 'abcdefghijklmnop'],
    ['too_common', 'words', 'a word and a year', 'commendable1987'],
    ['too_common', 'own', 'the e-mail', EMAIL],
    ['too_common', 'own', 'the service’s words', 'Twinlock Vault 2024!'],
  ])('finds %s, for %s: %s', async (verdict, weakness, _, password) => {
    expect(judge(password, EMAIL)).toMatchObject({ verdict, weakness });
    await expect(checkNewPassword(password, EMAIL)).resolves.toBe(verdict);
  });

  it('counts what is missing in characters as a person sees them, composed', () => {
    expect(judge('e\u0301'.repeat(14), EMAIL)).toMatchObject({ verdict: 'too_short', missing: 1 });
  });

  it('is full for a good one alone', () => {
    const levels = ['', 'dragon', 'aaaaaaaaaaaaaaaaaaaa', 'plum tractor 1', 'plum tractor seven violet'];
    expect(levels.map((password) => judge(password, EMAIL).level)).toEqual([0, 0, 1, 3, 4]);
  });

  it('judges in bounded time whatever is typed', () => {
    for (const hostile of ['4@8({[<369&#!|1/\\0$5+7%2', 'p@$$w0rd', 'abcdefghijkl', '1990', '1.1.1999']) {
      const start = performance.now();
      judge(hostile.repeat(256).slice(0, 256), EMAIL);
      expect(performance.now() - start).toBeLessThan(2000);
    }
  });

  it('fetches less than 30 KB of words', () => {
    expect(gzipSync(JSON.stringify(wordLists())).length).toBeLessThan(30_000);
  });
});
