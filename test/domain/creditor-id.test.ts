import { describe, expect, it } from '@jest/globals';
import { isCreditorId } from '../../lambda/domain/creditor-id.ts';
import { mod97 } from '../../lambda/domain/mod97.ts';

describe('isCreditorId', () => {
  it.each(['DE98ZZZ09999999999', 'DE98ABC09999999999', 'DE98A1209999999999'])('takes %s', (text) => {
    expect(isCreditorId(text)).toBe(true);
  });

  it.each([
    ['another digit', 'DE98ZZZ09999999998'],
    ['other check digits', 'DE97ZZZ09999999999'],
    ['two digits exchanged', 'DE98ZZZ90999999999'],
    ['another country', 'AT98ZZZ09999999999'],
    ['check digits that are never issued', 'DE01ZZZ09999999999'],
    ['lower case', 'de98zzz09999999999'],
    ['spaces', 'DE98 ZZZ 0999 9999 999'],
    ['no national identifier', 'DE98ZZZ'],
    ['one of 29 characters', `DE98ZZZ${'1'.repeat(29)}`],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(isCreditorId(text)).toBe(false);
  });

  it('refuses every change of one digit', () => {
    const right = 'DE98ZZZ09999999999';
    for (const place of [2, 3, ...Array.from({ length: 11 }, (_, n) => n + 7)]) {
      for (const digit of '0123456789'.replace(right[place] ?? '', '')) {
        expect(isCreditorId(right.slice(0, place) + digit + right.slice(place + 1))).toBe(false);
      }
    }
  });
});

describe('mod97', () => {
  it.each([
    ['97', 0],
    ['98', 1],
    ['A', 10],
    ['Z1', 351 - 3 * 97],
    ['123456789012345678901234567890', Number(123456789012345678901234567890n % 97n)],
  ])('of %s is %d', (text, remainder) => {
    expect(mod97(text)).toBe(remainder);
  });
});
