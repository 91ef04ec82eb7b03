import { describe, expect, it } from '@jest/globals';
import { isOpenPassword } from '../../lambda/domain/open-password.ts';

describe('isOpenPassword', () => {
  it.each([
    'eight ch',
    '01021990',
    'Grüße, 王小明!',
    'pho\u0301ng thu\u0309y',
    'x'.repeat(127),
    '🦄'.repeat(8),
    `${'é'.repeat(63)}x`,
  ])('takes %s', (text) => {
    expect(isOpenPassword(text)).toBe(true);
  });

  it.each([
    ['seven characters', 'sevench'],
    ['seven, each of two UTF-16 units', '🦄'.repeat(7)],
    ['128 bytes', 'x'.repeat(128)],
    ['127 characters of more bytes', 'é'.repeat(127)],
    ['a control character', 'password\n'],
    ['a no-break space', 'pass\u00a0words'],
    ['a soft hyphen', 'pass\u00adwords'],
    ['a zero-width joiner', 'pass\u200dwords'],
    ['a ligature, which readers write as two letters', 'con\ufb01dential'],
    ['full-width letters', 'ｐａｓｓｗｏｒｄ'],
    ['a lone surrogate', 'password\ud800'],
    ['a private character', 'password\ue000'],
  ])('refuses %s', (_what, text) => {
    expect(isOpenPassword(text)).toBe(false);
  });
});
